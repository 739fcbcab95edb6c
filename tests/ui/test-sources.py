#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty folder to a report, all by the window: a source added in Preferences, tested, its fields detected, seen
live, a metric defined on it, and exported with Ctrl+E as the same rows that tidemark-cli gives."""
import csv
import io
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402


class Sources(UiTest):
    def open_preferences(self, app):
        app.key('ctrl+comma')
        return app.find('frame', 'Preferences')

    def close_preferences(self, app):
        """Escape closes first a subpage that is still sliding away, then the window."""
        app.press_until('Escape', lambda: app.get('frame', 'Preferences') is None)

    def add_source(self, app, kind):
        app.find('push button', 'Add source').click()
        app.find('push button', kind).click()

    def enter(self, app, title, text):
        app.find('text', title).set_text(text)

    def query(self, *words):
        return list(csv.DictReader(io.StringIO(self.cli('query', self.workspace, *words), newline='')))

    def write_events(self, path, first, n, ago=0):
        when = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - ago))
        with open(path, 'a', encoding='utf-8') as file:
            for i in range(first, first + n):
                file.write(json.dumps({'id': f'E-{i}', 'city': ('Berlin', 'München', '=1+1')[i % 3], 'amount': i / 4,
                                       'at': when}) + '\n')

    def test_file_to_report(self):
        # No roll-up comes between the export and the comparison.
        self.write_workspace('[workspace]\nversion=1\nname=Shop\n\n[batch]\nrollup=0 0 1 1 *\n')
        events = os.path.join(self.workspace, 'events.ndjson')
        self.write_events(events, 0, 60, ago=180)  # in no window of the later ones
        app = self.start('--workspace', self.workspace)
        app.find('label', 'No Stream Yet')
        app.find('push button', 'Add source…').click()
        app.find('push button', 'File').click()
        self.enter(app, 'Name', 'shop')
        self.enter(app, 'File', 'events.ndjson')
        app.find('push button', 'Test connection').click()
        app.find('push button', 'Test again')
        app.find('label', '4 found in 60 events')
        app.find('push button', 'Add').click()
        app.find('label', 'shop')
        app.wait_gone('push button', 'Test again')
        self.assertIn('[source shop]', self.read_workspace())
        self.assertIn('time=at', self.read_workspace())

        self.close_preferences(app)
        app.find('label', 'No Metric Yet')
        app.find('label', 'München')  # the event browser follows
        app.find('push button', 'Add metric…').click()
        self.enter(app, 'Name', 'revenue')
        app.find('text', lambda n: n.startswith('Aggregate')).set_text('sum(amount)')
        app.find('text', lambda n: n.startswith('Every')).set_text('1min')
        total = sum(i / 4 for i in range(60))
        app.find('label', f'{total:.2f}')
        app.find('push button', 'Add').click()
        app.wait_gone('push button', 'Add')
        self.assertIn('[metric revenue]', self.read_workspace())
        self.close_preferences(app)
        app.find('label', 'Revenue')
        self.write_events(events, 60, 30)
        app.find('label', 'E-89')
        app.find('panel', 'Revenue').find('label', f'{sum(i / 4 for i in range(60, 90)):.0f}')

        app.show_pane(3, 'Merged')
        app.find('label', 'Batch')
        self.check_export(app)
        self.assertEqual(app.quit(), 0, app.output())

    def check_export(self, app):
        app.key('ctrl+e')
        path = os.path.join(self.tmp, 'report.csv')
        chooser = app.find('filler', 'Export as CSV')
        chooser.find('text', 'Name:').set_text(path)
        chooser.find('push button', lambda n: n.endswith('Export')).click()
        app.until(lambda: os.path.exists(path), 'nothing was exported')
        with open(path, newline='', encoding='utf-8') as file:
            exported = list(csv.DictReader(file))
        self.assertEqual(exported, self.query('revenue', '--view', 'merged', '--every', '5min'))
        self.assertEqual(len({row['time'] for row in exported}), len(exported))


main()
