#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page of the preferences changes the workspace file and what runs, at once: sources are added, edited, switched
off, removed and brought back; schedules, retention and general settings hold; what is wrong is said in its row."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402

WORKSPACE = """[workspace]
version=1
name=Shop

# A comment of a person stays.
[source shop]
kind=file
path=events.ndjson
stream=shop

[stream shop]
format=json

[field shop.id]
type=int

[metric events]
stream=shop
aggregate=count
every=1min

[analysis daily]
sql=daily.sql
schedule=0 2 * * *
"""


class MockKafka:
    """The mock cluster, answering commands."""

    def __init__(self):
        self.process = subprocess.Popen([os.environ['TIDEMARK_MOCK_KAFKA']], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.bootstrap = self.process.stdout.readline().strip()

    def command(self, *words):
        self.process.stdin.write(' '.join(map(str, words)) + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != 'ok':
            raise AssertionError(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class Preferences(UiTest):
    def open(self):
        self.write_workspace(WORKSPACE)
        os.makedirs(os.path.join(self.workspace, 'analyses'), exist_ok=True)
        with open(os.path.join(self.workspace, 'analyses', 'daily.sql'), 'w', encoding='utf-8') as file:
            file.write('SELECT count(*) AS n FROM shop\n')
        with open(os.path.join(self.workspace, 'events.ndjson'), 'w', encoding='utf-8') as file:
            file.writelines(f'{{"id":{i}}}\n' for i in range(40))
        app = self.start('--workspace', self.workspace)
        app.find('panel', 'Events')
        app.key('ctrl+comma')
        app.window = app.find('frame', 'Preferences')
        return app

    def file_has(self, app, text):
        app.until(lambda: text in self.read_workspace(), f'{text} is not in the workspace file')

    def file_lacks(self, app, text):
        app.until(lambda: text not in self.read_workspace(), f'{text} is still in the workspace file')

    def back(self, app):
        """A subpage that slides away leaves the page usable."""
        app.window.find('label', 'Each feeds one stream. Changes take effect at once.')

    def quit(self, app):
        app.press_until('Escape', lambda: app.get('frame', 'Preferences') is None)
        self.assertEqual(app.quit(), 0, app.output())

    def test_switch_edit_remove_undo(self):
        app = self.open()
        switch = app.window.find('check box', 'shop is on')
        switch.click()
        self.file_has(app, 'enabled=false')
        app.window.find('label', 'off')
        app.window.find('check box', 'shop is on').click()
        self.file_lacks(app, 'enabled=false')

        app.window.find('list item', 'shop').point()
        app.window.find('text', 'File').set_text('other.ndjson')
        app.window.find('push button', 'Save').click()
        self.file_has(app, 'path=other.ndjson')
        self.back(app)

        app.window.find('list item', 'shop').point()
        app.window.find('push button', 'Remove source').click()
        self.file_lacks(app, '[source shop]')
        app.window.find('push button', 'Undo').click()
        self.file_has(app, '[source shop]')
        self.file_has(app, 'path=other.ndjson')
        self.assertIn('# A comment of a person stays.', self.read_workspace())
        app.window.find('list item', 'shop')
        self.quit(app)

    def test_kafka(self):
        kafka = MockKafka()
        self.addCleanup(kafka.end)
        kafka.command('create', 'clicks', 3)
        kafka.command('produce', 'clicks', 60)
        app = self.open()
        app.window.find('push button', 'Add source').click()
        app.find('push button', 'Apache Kafka').click()
        app.window.find('push button', 'Test connection').click()  # too early: nothing is filled in
        app.window.find('label', 'Nothing to connect to yet')
        app.window.find('text', lambda n: n.startswith('Name')).set_text('clicks')
        app.window.find('text', lambda n: n.startswith('Brokers')).set_text('127.0.0.1:1')
        app.window.find('text', lambda n: n.startswith('Topic')).set_text('clicks')
        app.window.find('push button', 'Test connection').click()
        app.window.find('list item', lambda n: n.startswith('failed: '))
        app.window.find('text', 'Brokers').set_text(kafka.bootstrap)
        app.window.find('push button', 'Test again').click()
        app.window.find('label', '2 found in 60 events')
        self.assertIsNone(app.window.get('list item', lambda n: n.startswith('failed: ')))
        app.window.find('push button', 'Add').click()
        self.file_has(app, 'topic=clicks')
        self.back(app)
        app.window.find('list item', 'clicks')
        kafka.command('produce', 'clicks', 5)
        app.press_until('Escape', lambda: app.get('frame', 'Preferences') is None)
        app.until(lambda: self.cli('sql', self.workspace, 'SELECT count(*) AS n FROM clicks') == 'n\n65\n',
                  'the events did not come')
        self.assertEqual(app.quit(), 0, app.output())

    def page(self, app, name):
        app.window.find('page tab', name).point()

    def test_metric(self):
        app = self.open()
        self.page(app, 'Metrics')
        app.window.find('push button', 'Add metric').click()
        app.window.find('text', 'Name').set_text('sum-of-ids')
        app.window.find('text', lambda n: n.startswith('Aggregate')).set_text('sum(nothing)')
        app.window.find('text', re_problem('Aggregate'))
        app.window.find('text', lambda n: n.startswith('Aggregate')).set_text('sum(id)')
        app.window.find('label', '780')
        app.window.find('push button', 'Add').click()
        self.file_has(app, '[metric sum-of-ids]')
        app.window.find('list item', 'Sum of ids').point()
        app.window.find('push button', 'Remove metric').click()
        self.file_lacks(app, '[metric sum-of-ids]')
        app.window.find('push button', 'Undo').click()
        self.file_has(app, '[metric sum-of-ids]')
        self.quit(app)

    def apply(self, app, title, text):
        entry = app.window.find('text', lambda n: n.startswith(title))
        entry.point()
        entry.set_text(text)
        app.key('Return')

    def test_settings(self):
        app = self.open()
        self.page(app, 'Batch')
        self.apply(app, 'Schedule, such as every 5min', 'every 10min')
        self.file_has(app, 'rollup=every 10min')
        app.window.find('label', 'Daily').point()
        app.window.find('check box', 'Runs on its schedule').click()
        self.file_has(app, 'enabled=false')
        self.apply(app, 'Schedule, such as 0 2', 'tomorrow')
        app.window.find('text', re_problem('Schedule'))
        self.assertIn('schedule=0 2 * * *', self.read_workspace())

        self.page(app, 'Prices')
        self.apply(app, 'A US dollar', '0.9')
        self.file_has(app, 'exchange=0.9')
        self.apply(app, 'Currency', 'EUR')
        self.file_has(app, 'currency=EUR')
        self.apply(app, 'Budget for a month', '150')
        self.file_has(app, 'budget=150')
        app.window.find('label', re.compile('^One virtual processor')).point()
        self.apply(app, 'Own price', '0.03')
        self.file_has(app, '[price vcpu-hour]')
        app.window.find('label', re.compile('^0.03.* EUR per vCPU-hour, your own'))
        self.apply(app, 'Own price', '')
        self.file_lacks(app, '[price vcpu-hour]')

        self.page(app, 'Storage')
        self.apply(app, 'Every stream', '30d')
        app.find('push button', 'Set Limit').click()  # it may delete events: asked first
        self.file_has(app, 'retention=30d')

        self.page(app, 'General')
        self.apply(app, 'Name', 'The shop')
        self.file_has(app, 'name=The shop')
        app.press_until('Escape', lambda: app.get('frame', 'Preferences') is None)
        app.find('label', 'The shop')
        self.assertEqual(app.quit(), 0, app.output())


def re_problem(title):
    return lambda name: name.startswith(title) and ' – ' in name


main()
