#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quality in the window: what failed and by which rule, quarantined events discarded, brought back, edited and replayed,
results of dbt as their file changes, and a rule mended in Preferences."""
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

# What was paid.
[field shop.amount]
type=int
min=0

[checks dbt]
path=run_results.json
title=Nightly dbt
'''


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

    def write(self, path, text):
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write(text)
        os.replace(path + '.new', path)

    def test_quarantine(self):
        app = self.open()
        app.find('label', '▲ Failing')
        app.find('label', 'amount ≥ 0')
        app.find('label', '3 in quarantine')
        app.find('push button', 'Waiting 3')
        app.find('label', re.compile('-3 is below the minimum')).point()
        app.find('push button', 'Discard').click()
        app.find('push button', 'Discarded 1')
        app.find('push button', 'Undo').click()
        app.find('push button', 'Waiting 3')
        app.find('label', re.compile('-2 is below the minimum')).point()
        app.find('push button', 'Edit…').click()
        # The panel beside the table shows a text of that name too.
        app.find('text', 'Payload', where=lambda node: node.has('editable')).set_text('{"amount":2}')
        app.find('push button', 'Save').click()
        app.find('label', 'The payload is saved')
        app.find('label', re.compile('-2 is below the minimum')).point()
        app.find('push button', 'Replay').click()
        app.find('label', '1 stored')
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
        self.assertEqual(app.quit(), 0, app.output())


if __name__ == '__main__':
    main()
