# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks, small: every row is there, what a row says fits together, and every peer's answer was Tidemark's (bench
fails when one is not). Speeds are not looked at."""
import json
import os
import subprocess
import tempfile
import unittest

CLI = os.environ['TIDEMARK_CLI']
KEYS = ['name', 'value', 'unit', 'peer', 'peer_value', 'ratio', 'goal', 'met']


def bench(*words, **env):
    return subprocess.run([CLI, 'bench', *words], capture_output=True, text=True, check=False, timeout=200,
                          env={**os.environ, **env})


class BenchTest(unittest.TestCase):
    def rows(self, *words, **env):
        done = bench(*words, '--json', **env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def check(self, names, *words):
        rows = self.rows(*words, '--events', '30000')
        self.assertEqual([row['name'] for row in rows], names)
        for row in rows:
            self.assertEqual(list(row), KEYS)
            self.assertGreaterEqual(row['value'], 0)
            if row['peer_value'] is not None:
                self.assertAlmostEqual(row['ratio'] * row['peer_value'], row['value'], delta=row['value'] * 1e-4)
        return rows

    def test_aggregate(self):
        rows = self.check(['aggregate-duckdb', 'aggregate-rows'], 'aggregate')
        self.assertIsNotNone(rows[1]['met'])

    def test_sql(self):
        self.check(['sql-1', 'sql-2', 'sql-3', 'sql-4', 'sql-5', 'sql-mean', 'sql-range', 'sql-range-indexed'], 'sql')

    def test_rollup(self):
        self.check(['rollup'], 'rollup')

    def test_disk(self):
        rows = self.check(['disk', 'disk-payload'], 'disk')
        self.assertTrue(120 < rows[1]['peer_value'] < 150)

    def test_panes(self):
        self.check(['panes-count', 'panes-sum', 'panes-max', 'panes-p95', 'panes-distinct'], 'panes')

    def test_live(self):
        self.check(['live-rings', 'live-snapshot'], 'live')

    def test_metering(self):
        self.check(['metering'], 'metering')

    def test_quality(self):
        self.check(['quality-rules'], 'quality')

    def test_csv(self):
        self.check(['csv', 'csv-memory'], 'csv')

    def test_query(self):
        self.check(['query-year-by-day', 'query-year-by-day-first', 'query-last-hour', 'query-last-hour-first'], 'query')

    def test_start(self):
        self.check(['start'], 'start')

    def test_a_missing_broker_is_named(self):
        for name in ('ingest', 'latency'):
            row, = self.rows(name, TIDEMARK_BENCH_BROKERS='')
            self.assertIn('no broker', row['peer'])
            self.assertIsNone(row['value'])
            self.assertIsNone(row['met'])

    def test_a_missing_peer_is_named(self):
        rows = self.rows('aggregate', '--events', '30000', TIDEMARK_BENCH_PYTHON='/nonexistent/python')
        self.assertIn('missing', rows[0]['peer'])
        self.assertIsNone(rows[0]['peer_value'])
        self.assertIsNone(rows[0]['met'])

    def test_a_peer_that_answers_otherwise_is_an_error(self):
        with tempfile.TemporaryDirectory() as tmp:
            liar = os.path.join(tmp, 'python')
            with open(liar, 'w', encoding='utf-8') as file:
                file.write('#!/bin/sh\n[ "$3" != load ] || : > "$5"\necho 1 1\n[ "$3" != aggregate ] || echo 1 view 2 3\n')
            os.chmod(liar, 0o755)
            done = bench('aggregate', '--events', '30000', TIDEMARK_BENCH_PYTHON=liar)
        self.assertEqual(done.returncode, 1)
        self.assertIn('DuckDB computed something else', done.stderr)

    def test_wrong_words(self):
        self.assertEqual(bench('nonsense').returncode, 1)
        self.assertEqual(bench('aggregate', '--events', '-1').returncode, 2)
        self.assertIn('aggregate', bench('--list').stdout)


if __name__ == '__main__':
    unittest.main()
