#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quality in the window: what failed and by which rule, quarantined events discarded (one, several, all), brought back,
edited, replayed and exported, results of dbt as their file changes and of another file that is added, a field that the schema
lacks, a rule mended in Preferences and others imported."""
import csv
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402

WORKSPACE = '''[workspace]
version=1
name=Shop

[source shop]
kind=file
path=events.ndjson
follow=true
stream=shop

[stream shop]
format=json
drift=true
severity.drift=warn

# What was paid.
[field shop.amount]
type=int
min=0

[checks dbt]
path=run_results.json
title=Nightly dbt
'''


SUITE = json.dumps({'name': 'shop', 'expectations': [
    {'type': 'expect_column_values_to_be_between', 'kwargs': {'column': 'amount', 'max_value': 100}},
    {'type': 'expect_table_column_count_to_equal', 'kwargs': {'value': 2}}]})


def dbt(*statuses):
    return json.dumps({'metadata': {'dbt_schema_version': 'https://schemas.getdbt.com/dbt/run-results/v6.json',
                                    'generated_at': '2026-11-23T02:06:46Z'},
                       'results': [{'status': status, 'unique_id': f'test.shop.check_{i}', 'failures': i}
                                   for i, status in enumerate(statuses)]})


class Quality(UiTest):
    def open(self):
        self.write_workspace(WORKSPACE)
        self.results = os.path.join(self.workspace, 'run_results.json')
        self.write(self.results, dbt('fail', 'pass'))
        amounts = list(range(20)) + [-1, -2, -3]
        self.write(os.path.join(self.workspace, 'events.ndjson'), ''.join(f'{{"amount":{a}}}\n' for a in amounts))
        app = self.start('--workspace', self.workspace)
        app.find('list item', 'Quality').point()
        app.find('list item', 'Quality', where=lambda node: node.has('selected'))
        return app

    def open_file(self, app, title, button, path):
        """In the chooser called @title, which takes a path after Ctrl+L."""
        chooser = app.find('filler', title)
        app.key('ctrl+l')
        app.type(path)
        chooser.find('push button', lambda name: name.endswith(button)).click()
        app.wait_gone('filler', title)

    def export(self, app):
        path = os.path.join(self.tmp, 'quarantine.csv')
        app.find('push button', 'Export').click()
        chooser = app.find('filler', 'Export as CSV')
        chooser.find('text', 'Name:').set_text(path)
        chooser.find('push button', lambda n: n.endswith('Export')).click()
        app.wait_gone('filler', 'Export as CSV')
        app.until(lambda: os.path.exists(path), 'nothing was exported')
        with open(path, newline='', encoding='utf-8') as file:
            return list(csv.DictReader(file))

    def write(self, path, text):
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write(text)
        os.replace(path + '.new', path)

    def test_quarantine(self):
        app = self.open()
        app.find('label', 'Failing')
        app.find('label', 'amount ≥ 0')
        app.find('label', '3 in quarantine')
        app.find('push button', 'Waiting 3')
        app.find('label', re.compile('-3 is below the minimum')).point()
        app.find('push button', 'Discard').click()
        app.find('push button', 'Discarded 1')
        app.find('push button', 'Undo').click()
        app.find('push button', 'Waiting 3')
        # Several, and all; what was discarded before stays discarded when this is undone.
        app.find('label', re.compile('-3 is below the minimum')).point()
        app.find('label', re.compile('-3 is below the minimum'), where=lambda node: node.parent.parent.has('selected'))
        app.key('shift+Down')
        app.find('label', '2 events selected')
        app.find('push button', 'Discard').click()
        app.find('push button', 'Discarded 2')
        app.find('push button', 'Waiting 1')
        app.find('push button', 'Discard all').click()
        app.find('push button', 'Discarded 3')
        app.find('push button', 'Undo').click()
        app.find('push button', 'Waiting 1')
        app.find('push button', 'Discarded 2').click()
        app.find('label', re.compile('-3 is below the minimum')).point()
        app.key('ctrl+a')
        app.find('label', '2 events selected')
        app.find('push button', 'Bring back').click()
        app.find('push button', 'Waiting 3').click()
        app.find('label', re.compile('-2 is below the minimum'))
        self.assertEqual([row['payload'] for row in self.export(app)], [f'{{"amount":-{n}}}' for n in (3, 2, 1)])
        app.find('label', re.compile('-2 is below the minimum')).point()
        app.find('push button', 'Edit…').click()
        # The panel beside the table shows a text of that name too.
        app.find('text', 'Payload', where=lambda node: node.has('editable')).set_text('{"amount":2}')
        app.find('push button', 'Save').click()
        # A toast may have come and gone before a busy machine looks.
        edited = 'SELECT count(*) AS n FROM quarantine WHERE payload = \'{"amount":2}\''
        app.until(lambda: self.cli('sql', self.workspace, edited).split() == ['n', '1'], 'the payload is not saved')
        app.wait_gone('push button', 'Edit…')  # the list is read again, and nothing of it is selected
        app.find('label', re.compile('-2 is below the minimum')).point()
        app.find('push button', 'Replay').click()
        app.find('push button', 'Replayed 1')
        app.picture(os.path.join(os.environ.get('TIDEMARK_UI_OUT', self.tmp), 'quality.png'))
        app.find('push button', 'Replay all…').click()
        app.find('push button', 'Replay All').click()
        app.find('label', '0 stored, 2 failed again')
        self.assertEqual(app.quit(), 0, app.output())

    def test_results_and_rules(self):
        app = self.open()
        app.find('label', re.compile('1 failed, 0 not made, 0 warned, 1 passed'))
        app.find('label', '▲ Failed')
        self.write(self.results, dbt('pass', 'pass', 'warn'))
        app.find('label', re.compile('0 failed, 0 not made, 1 warned, 2 passed'))
        self.write(self.results, '{"half')
        app.find('label', re.compile('run_results.json: it is no JSON'))
        app.find('push button', 'Edit rules…').click()
        app.find('label', 'Rules of shop')
        window = app.find('frame', 'Preferences')
        window.find('label', 'amount').point()
        window.find('check box', 'Required').click()
        app.until(lambda: 'required=true' in self.read_workspace(), 'the rule is not in the workspace file')
        self.assertIn('# What was paid.\n[field shop.amount]\n', self.read_workspace())
        window.find('label', 'amount required · amount ≥ 0')
        window.find('label', 'Required: severity')
        app.press_until('Escape', lambda: window.get('label', 'Rules of shop') is None)
        window.find('label', 'Each feeds one stream. Changes take effect at once.')
        app.press_until('Escape', lambda: app.get('frame', 'Preferences') is None)
        app.find('label', 'amount required')
        self.reopen(app)
        app.find('label', re.compile('^shop · '))
        self.assertEqual(app.quit(), 0, app.output())

    def reopen(self, app):
        """Closes the workspace and opens it again, in the same window; it is locked until all that runs has ended."""
        app.find(None, re.compile('^Workspace')).click()
        app.find('menu item', 'Close Workspace').click()
        app.find('list item', 'Shop').point()

        def is_open():
            again = app.get('push button', 'Try again')
            if again is not None:
                again.click()
            return app.get('list item', 'Quality') is not None
        app.until(is_open, 'the workspace does not open again')
        app.find('list item', 'Quality').point()

    def test_what_is_added(self):
        app = self.open()
        with open(os.path.join(self.workspace, 'events.ndjson'), 'a', encoding='utf-8') as file:
            file.write('{"amount":1,"tip":0.5}\n' * 100)
        app.find('label', 'tip')
        app.find('push button', 'Add field: tip').click()
        app.until(lambda: '[field shop.tip]\ntype=' in self.read_workspace(), 'the field is not in the workspace file')
        more = os.path.join(self.workspace, 'more.json')
        self.write(more, dbt('error'))
        app.find('push button', 'Add results…').click()
        self.open_file(app, 'Add Results', 'Add', more)
        app.find('label', re.compile('0 failed, 1 not made'))
        self.assertIn('[checks more]\npath=more.json\n', self.read_workspace())
        suite = os.path.join(self.tmp, 'suite.json')
        self.write(suite, SUITE)
        app.find('push button', 'Edit rules…').click()
        window = app.find('frame', 'Preferences')
        window.find('push button', 'Import suite…').click()
        self.open_file(app, 'Import Expectation Suite', 'Import', suite)
        app.find('label', 'amount: max=100')
        app.find('label', 'No counterpart')
        app.find('push button', 'Add Rules').click()
        app.until(lambda: 'max=100' in self.read_workspace(), 'the rule is not in the workspace file')
        window.find('label', re.compile('amount ≤ 100'))
        app.press_until('Escape', lambda: app.get('frame', 'Preferences') is None)
        app.find('label', 'amount ≤ 100')
        self.assertEqual(app.quit(), 0, app.output())


if __name__ == '__main__':
    main()
