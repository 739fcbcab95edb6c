#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every pane and dialog is reached, gone through and left by keyboard alone, and every control in it has one name."""
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
stream=shop

[stream shop]
format=json

[field shop.id]
type=int
min=0

[field shop.city]
type=text

[metric events]
stream=shop
aggregate=count
by=city
every=1min

[alert many]
metric=events
condition=above
threshold=5

[analysis daily]
sql=daily.sql
schedule=0 2 * * *
'''

PANES = ('Live', 'Historical', 'Merged', 'Analyses', 'Alerts', 'Quality', 'Cost & Latency')
CONTROLS = ('push button', 'toggle button', 'combo box', 'check box', 'radio button', 'text', 'password text', 'slider',
            'spin button', 'page tab')


class Keyboard(UiTest):
    def open(self):
        self.write_workspace(WORKSPACE)
        os.makedirs(os.path.join(self.workspace, 'analyses'))
        with open(os.path.join(self.workspace, 'analyses', 'daily.sql'), 'w', encoding='utf-8') as file:
            file.write('SELECT count(*) AS n FROM shop\n')
        with open(os.path.join(self.workspace, 'events.ndjson'), 'w', encoding='utf-8') as file:
            file.writelines(f'{{"id":{i - 2},"city":"{"Berlin" if i % 2 else "Munich"}"}}\n' for i in range(40))
        app = self.start('--workspace', self.workspace)
        app.find('panel', 'Events')
        return app

    def check_names(self, window, where):
        """Each control has a name; GTK says it twice where a label and a relation both give it."""
        wrong = []
        for node in window.matching():
            if node.role not in CONTROLS:
                continue
            words = node.name.split()
            half = len(words) // 2
            is_part = node.parent.role == 'combo box'  # GTK's own button in a drop-down, which has the name
            if not is_part and (not words or node.name.startswith(('Gtk', 'Adw', '_'))
                                or (len(words) % 2 == 0 and words[:half] == words[half:])):
                wrong.append(f'{node!r} in {node.parent!r}')
        self.assertEqual(wrong, [], where)

    def test_panes(self):
        app = self.open()
        for number, title in enumerate(PANES, 1):
            app.show_pane(number, title)
            self.check_names(app, title)
        # A chart's values in words, for who can't see it.
        app.show_pane(1, 'Live')
        app.find('image', 'Events').point()
        app.key('t')
        values = app.find('frame', re.compile('^Values: '))
        values.find('label', 'time')
        self.leave(app, 'frame', re.compile('^Values: '))
        app.key('F10')
        app.find('menu item', 'Preferences')
        app.key('Escape')
        app.wait_gone('menu item', 'Preferences')
        self.assertEqual(app.quit(), 0, app.output())

    def leave(self, app, *gone):
        app.press_until('Escape', lambda: app.get(*gone) is None)

    def test_dialogs(self):
        app = self.open()
        app.show_pane(5, 'Alerts')
        for button in ('New rule', 'Edit…'):
            app.find('push button', button).click()
            app.find('combo box', 'Condition')
            self.check_names(app, button)
            self.leave(app, 'combo box', 'Condition')
        app.show_pane(4, 'Analyses')
        app.find('push button', 'New analysis').click()
        app.find('check box', 'Runs on its schedule')
        self.check_names(app, 'New analysis')
        self.leave(app, 'check box', 'Runs on its schedule')
        app.key('ctrl+comma')
        window = app.find('frame', 'Preferences')
        for page in ('Metrics', 'Batch', 'Prices', 'Storage', 'General', 'Sources'):
            window.find('page tab', page).point()
            window.find('page tab', page, where=lambda node: node.has('selected'))
            self.check_names(window, page)
        window.find('push button', 'Add source').click()
        app.find('push button', 'Apache Kafka').click()
        window.find('push button', 'Test connection')
        self.check_names(window, 'Add source')
        app.press_until('Escape', lambda: window.get('push button', 'Add source'))
        window.find('page tab', 'Metrics').point()
        window.find('push button', 'Add metric').click()
        window.find('combo box', 'What it is for')
        self.check_names(window, 'Add metric')
        app.press_until('Escape', lambda: window.get('push button', 'Add metric'))
        self.leave(app, 'frame', 'Preferences')
        self.assertEqual(app.quit(), 0, app.output())


main()
