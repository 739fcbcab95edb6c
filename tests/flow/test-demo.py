#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, end to end: merged equals recompute for every metric while it runs, before and after roll-ups, and after a
kill; reports and SQL say the same."""
import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from flow import FlowTest, Pipeline, cli, events, init_demo, main, rows  # noqa: E402

METRICS = ['revenue', 'orders', 'delivery-time', 'payments', 'suspected-fraud', 'fraud-share', 'drivers-online',
           'box-temperature', 'basket']


def has_caught_up(status):
    """Every source has made its history, and much of it is committed."""
    return (all(s['state'] == 'streaming' for s in status['sources'])
            and all(events(status, s['name']) > 1000 for s in status['streams']))


class Demo(FlowTest):
    def setUp(self):
        super().setUp()
        init_demo(self.workspace)

    def check_views(self, to):
        """Up to a moment that is over: what comes late in between may still move both, so it is tried again."""
        for metric in METRICS:
            for attempt in range(40):
                merged = rows(cli('query', self.workspace, metric, '--view', 'merged', '--to', to))
                recomputed = rows(cli('query', self.workspace, metric, '--view', 'recompute', '--to', to))
                again = rows(cli('query', self.workspace, metric, '--view', 'merged', '--to', to))
                if [dict(r, layer='') for r in merged] == [dict(r, layer='') for r in again]:
                    break
            else:
                self.fail(f'{metric}: late events kept coming')
            self.assertTrue(merged, metric)
            self.assertEqual([dict(r, layer='') for r in merged], [dict(r, layer='') for r in recomputed], metric)

    def test_check_finds_no_mistake(self):
        self.assertIn('no mistakes', cli('check', self.workspace))

    def test_merged_equals_recompute_while_it_runs(self):
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        pipeline.wait_for(has_caught_up)
        then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
        to = then.strftime('%Y-%m-%dT%H:%M:%SZ')
        self.check_views(to)
        cli('batch', self.workspace, 'rollup:orders', 'rollup:payments', 'rollup:sensors')
        self.check_views(to)
        layers = {r['layer'] for r in rows(cli('query', self.workspace, 'orders', '--to', to))}
        self.assertIn('batch', layers)
        pipeline.kill()
        self.check_views(to)
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        pipeline.wait_for(has_caught_up)
        self.assertEqual(pipeline.stop(), 0)
        cli('batch', self.workspace)
        self.check_views(to)
        report = os.path.join(self.tmp, 'overview.csv')
        cli('export', self.workspace, 'overview', '--output', report)
        with open(report, encoding='utf-8', newline='') as file:
            exported = rows(file.read())
        self.assertEqual({r['metric'] for r in exported}, {'revenue', 'orders', 'delivery-time', 'fraud-share',
                                                           'drivers-online', 'box-temperature'})

    def test_sql_counts_what_the_stream_has(self):
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        pipeline.wait_for(has_caught_up)
        self.assertEqual(pipeline.stop(), 0)
        count = int(rows(cli('sql', self.workspace, 'SELECT count(*) AS n FROM orders'))[0]['n'])
        last = int(rows(cli('sql', self.workspace, 'SELECT max(_seq) AS n FROM orders'))[0]['n'])
        metric = sum(float(r['value [/min]']) for r in rows(cli('query', self.workspace, 'orders')))
        self.assertEqual(count, last)
        self.assertEqual(count, metric)
        # One position an event: nothing is stored twice, and partitions have no holes that quarantine does not explain.
        doubled = rows(cli('sql', self.workspace, 'SELECT _partition, _offset FROM orders GROUP BY 1, 2 HAVING count(*) > 1'))
        self.assertEqual(doubled, [])

    def test_results_of_analyses_are_tables(self):
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        pipeline.wait_for(has_caught_up)
        self.assertEqual(pipeline.stop(), 0)
        before = self.versions()  # those of its schedule: each quarter of an hour may have come
        cli('batch', self.workspace, 'revenue-by-city')
        cli('batch', self.workspace, 'revenue-by-city')
        result = rows(cli('sql', self.workspace, 'SELECT * FROM "revenue-by-city"'))
        self.assertTrue(result)
        self.assertEqual(list(result[0]), ['city', 'orders', 'revenue', 'basket'])
        self.assertEqual(self.versions(), list(range(1, len(before) + 3)))

    def versions(self):
        """The versions of the analysis's result, as they are numbered."""
        found = rows(cli('sql', self.workspace,
                         "SELECT version FROM result_version WHERE analysis = 'revenue-by-city' ORDER BY 1"))
        return [int(row['version']) for row in found]


if __name__ == '__main__':
    main()
