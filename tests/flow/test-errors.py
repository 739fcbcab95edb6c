#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input to the commands: one line that says what and what to do, exit status 1 or 2, nothing lost."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from flow import FlowTest, Pipeline, cli, events, main  # noqa: E402


class Errors(FlowTest):
    def fails(self, *words, status=1):
        done = cli(*words, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        return done.stderr

    def stored_demo(self):
        cli('init', self.workspace, '--demo')
        pipeline = Pipeline(self.workspace)
        pipeline.wait_for(lambda s: events(s, 'orders') > 100)
        self.assertEqual(pipeline.stop(), 0)

    def stored_nothing(self):
        cli('init', self.workspace)
        cli('batch', self.workspace)

    def test_usage(self):
        self.fails('query', self.workspace, status=2)
        self.fails('nothing', status=2)
        self.fails('run', self.workspace, '--bogus', status=2)

    def test_no_workspace(self):
        self.assertIn('workspace.conf', self.fails('run', self.workspace))

    def test_init_twice(self):
        cli('init', self.workspace)
        self.assertIn('already', self.fails('init', self.workspace))

    def test_broken_workspace_is_named_by_line(self):
        self.write_workspace('[workspace]\nversion=1\n\n[metric m]\nstream=nowhere\naggregate=cuont\n')
        done = cli('check', self.workspace, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('workspace.conf:5', done.stdout)

    def test_second_writer(self):
        cli('init', self.workspace, '--demo')
        pipeline = Pipeline(self.workspace)
        pipeline.wait_for(lambda s: True)
        self.assertRegex(self.fails('run', self.workspace),
                         rf'another Tidemark \(process {pipeline.process.pid}\) writes the workspace .*; close it first')
        self.assertEqual(pipeline.stop(), 0)

    def test_unreadable_database(self):
        self.stored_demo()
        with open(os.path.join(self.workspace, 'tidemark.db'), 'r+b') as file:
            file.write(b'this is no database' * 100)
        for name in os.listdir(self.workspace):
            if name.endswith(('-wal', '-shm')):
                os.unlink(os.path.join(self.workspace, name))
        self.fails('query', self.workspace, 'orders')
        self.fails('run', self.workspace)

    def test_sql_that_writes(self):
        self.stored_demo()
        self.fails('sql', self.workspace, 'DELETE FROM run')
        self.fails('sql', self.workspace, "ATTACH '/tmp/x.db' AS x")
        self.fails('sql', self.workspace, 'SELECT 1; SELECT 2')
        self.fails('sql', self.workspace, 'SELECT nothing FROM orders')

    def test_sql_that_begins_with_a_comment(self):
        self.stored_nothing()
        self.assertEqual(cli('sql', self.workspace, '-- a = b\nSELECT 1 AS n'), 'n\n1\n')
        self.fails('sql', self.workspace, '--bogus=1\nSELECT 1', status=2)

    def test_columns_of_one_name_are_two_keys(self):
        self.stored_nothing()
        found = cli('sql', self.workspace, 'SELECT 1 AS a, 2 AS a, 3 AS a_2', '--format', 'json')
        self.assertEqual(json.loads(found), [{'a': 1, 'a_2': 2, 'a_2_2': 3}])

    def test_quarantine_acts_on_what_is_named(self):
        cli('init', self.workspace, '--demo')
        for wrong in (('--id', '0'), ('--id', '-1'), ('--id', 'x'), ('--state', 'old')):
            self.fails('quarantine', self.workspace, *wrong, '--discard', status=2)

    def test_sql_that_loops(self):
        self.stored_demo()
        loop = 'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t'
        self.assertIn('time limit', self.fails('sql', self.workspace, loop, '--timeout', '200ms'))
        self.fails('sql', self.workspace, loop, '--timeout', 'long', status=2)

    def test_unknown_metric_and_view(self):
        self.stored_demo()
        self.assertIn("no metric 'nope'; it has: ", self.fails('query', self.workspace, 'nope'))
        self.fails('query', self.workspace, 'orders', '--view', 'sideways', status=2)
        self.fails('query', self.workspace, 'orders', '--every', '7s', status=2)


if __name__ == '__main__':
    main()
