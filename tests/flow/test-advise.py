#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The advisor, end to end on the demo: by measuring alone it finds who needs seconds, minutes, an hour and a night; the
command's contract; and what it refuses."""
import json

from flow import SHORT, FlowTest, Pipeline, cli, init_demo, main


class Advise(FlowTest):
    def run_demo(self):
        init_demo(self.workspace)
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        # The whole history was made, and a little of the present with it. How much that is depends on the hour.
        pipeline.wait_for(lambda status: all(
            s['lag_events'] == 0 and s['events'] > 1000 for s in status['sources']))
        self.assertEqual(pipeline.stop(), 0)
        cli('batch', self.workspace)

    def test_demo(self):
        self.run_demo()
        answer = json.loads(cli('advise', self.workspace, '--format', 'json'))
        metrics = {m['name']: m for m in answer['metrics']}
        for metric in metrics.values():
            self.assertLessEqual({'name', 'tier', 'advised', 'curve'}, set(metric))
            every = [p['every_s'] for p in metric['curve']]
            self.assertEqual(every, sorted({1, 5, 15, 60, 300, 900, 3600, 21600, 86400, metric['every_s']}))
            self.assertTrue(metric['why'].endswith('.'), metric['why'])
            for point in metric['curve']:
                self.assertGreater(point['cost_usd_per_h'], 0)
                # What was seen too rarely is never advised.
                if not point['measured'] and point['error'] is None:
                    self.assertFalse(point['meets'])

        self.assertIn('monthly-revenue', cli('advise', self.workspace))
        runs = cli('sql', self.workspace, "SELECT count(*) n FROM run WHERE name='advice' AND status='succeeded'")
        self.assertGreaterEqual(int(runs.split()[1]), 3)
        if not SHORT:  # a day of history is too little to tell
            self.check_tiers(metrics)

    def check_tiers(self, metrics):
        def advised(name):
            return metrics[name]['advised_every_s']

        self.assertLessEqual(advised('driver-position'), 15)
        self.assertLessEqual(advised('suspected-fraud'), 15)
        self.assertIn(advised('revenue'), (60, 300, 900))
        self.assertEqual(advised('box-pattern'), 3600)
        self.assertEqual(advised('monthly-revenue'), 86400)
        self.assertEqual(metrics['monthly-revenue']['advised'], 'batch every 1d')
        self.assertGreater(metrics['monthly-revenue']['saves_usd_per_h'], 0.1)

    def test_refusals(self):
        done = cli('advise', self.workspace, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('workspace', done.stderr)
        self.assertEqual(cli('advise', self.workspace, '--format', 'csv', check=False).returncode, 2)
        cli('init', self.workspace)
        self.assertEqual(json.loads(cli('advise', self.workspace, '--format', 'json')), {'metrics': [], 'streams': []})

    def test_unknown_platform(self):
        self.write_workspace('[workspace]\nversion=1\nname=x\n[stream s]\n[field s.a]\ntype=int\n'
                             '[source d]\nkind=demo\npart=orders\nstream=s\nplatform=msk-large\n')
        done = cli('check', self.workspace, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"workspace.conf:11: .*'msk-large'.*kinesis")


if __name__ == '__main__':
    main()
