#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost & Latency: figures of real events, the tables and their export."""
import csv
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402

WORKSPACE = '''[workspace]
version=1
name=Test

[source orders]
kind=demo
part=orders
stream=orders
rate=50
begin={begin}
platform=kinesis-flink

[stream orders]
format=json
time=created_at

[field orders.created_at]
type=time

[field orders.city]
type=text

[field orders.amount]
path=payment.amount
type=decimal(2)

[metric orders]
stream=orders
aggregate=count
every=1min
decision=1h
freshness=30min
tolerance=50%
'''


class Cost(UiTest):
    def setUp(self):
        super().setUp()
        self.write_workspace(WORKSPACE.format(begin=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - 7200))))

    def open_pane(self):
        app = self.start('--workspace', self.workspace)
        app.find('list item', 'Live')
        app.show_pane(7, 'Cost & Latency')
        return app

    def export(self, app, name):
        path = os.path.join(self.tmp, name + '.csv')
        if os.path.exists(path):
            os.remove(path)  # or it would ask
        app.key('ctrl+e')
        chooser = app.find('filler', 'Export as CSV')
        chooser.find('text', 'Name:').set_text(path)
        chooser.find('push button', lambda n: n.endswith('Export')).click()
        app.until(lambda: os.path.exists(path), 'nothing was exported')
        app.wait_gone('filler', 'Export as CSV')
        with open(path, newline='', encoding='utf-8') as file:
            return list(csv.DictReader(file))

    def test_latency_and_throughput(self):
        app = self.open_pane()
        bars = app.find(name='Latency by stage', where=lambda n: 'broker' in n.description)
        self.assertRegex(bars.description, r'p50 .*p95 .*p99 ')
        app.find('push button', 'Throughput').click()
        app.find('tree table', 'Throughput of sources')
        app.until(lambda: float(self.export(app, 'sources')[0]['events [1/s]']) > 0, 'no events a second')
        rows = self.export(app, 'sources-again')
        self.assertEqual([row['source'] for row in rows], ['orders'])
        self.assertGreater(float(rows[0]['bytes [B/s]']), 0)
        app.find('push button', 'Storage').click()
        app.find('tree table', 'Storage of streams')
        app.until(lambda: app.find('tree table', 'Storage of streams').get('label', 'orders'), 'no row')
        rows = self.export(app, 'streams')
        stored = json.loads(self.cli('sql', self.workspace, 'SELECT count(*) AS n FROM orders', '--format', 'json'))
        self.assertGreater(float(rows[0]['events stored']), 0)
        self.assertLessEqual(float(rows[0]['events stored']), stored[0]['n'])
        self.assertEqual(app.quit(), 0, app.output())
        self.assertNotIn('WARNING', re.sub('.*dconf.*', '', app.output()))

    def test_advice(self):
        app = self.open_pane()
        # Enough was seen of an hour and less in two hours: the advisor finds that minutes are good enough.
        app.find('push button', 'Apply', where=lambda n: n.extents[2] > 100, deadline=180)
        self.assertIn('real time', app.find(name='Staleness error against cost').description)
        advised = self.export(app, 'advice')
        self.assertEqual([row['metric'] for row in advised], ['Orders'])
        self.assertRegex(advised[0]['advised'], 'real time → every ')
        self.assertGreater(float(advised[0]['saves [USD/h]']), 0)

        # Taken, it is in the file at once, and undone it is out again.
        before = self.read_workspace()
        app.find('push button', 'Apply', where=lambda n: n.extents[2] > 100).click()
        app.until(lambda: re.search(r'tier=(micro-batch|batch)', self.read_workspace()), 'it was not applied')
        # The offer goes after a while, and here it may take longer to look: what was applied can be undone there as well.
        app.find('push button', 'Followed up').click()
        app.find('tree table', 'Advice that was applied').find('push button', 'Undo').click()
        app.until(lambda: 'tier=' not in self.read_workspace() or 'tier=real-time' in self.read_workspace(),
                  'it was not undone')
        self.assertEqual(before.count('[metric'), self.read_workspace().count('[metric'))
        app.until(lambda: len(self.export(app, 'followed')) == 2, 'not both steps were recorded')

        # What if less were tolerated: kept, it is in the file.
        app.find('slider', 'What if this error were tolerated').value = -3
        app.find('push button', 'Keep').click()
        app.until(lambda: 'tolerance=0.1%' in self.read_workspace(), 'the tolerance was not kept')
        self.assertEqual(app.quit(), 0, app.output())


main()
