#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window while it catches up: a real broker's topic of many events is read from its start to its end with the window
open on Live. A JSON line every five seconds: events, events/s, memory, WAL, and how long frames took and input would
have waited (the window's own log). The last line sums up; exit status 1 when memory grew or frames took much CPU
(what they took by the wall depends on what else the machine does).

usage: TIDEMARK_BUILD=build-release tests/soak/catch-up.py [EVENTS]     (50 million need about 10 GB)"""
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get('TIDEMARK_BUILD', os.path.join(HERE, '../../build')))
os.environ.setdefault('TIDEMARK_APP', os.path.join(BUILD, 'src/app/tidemark'))
os.environ.setdefault('TIDEMARK_CLI', os.path.join(BUILD, 'src/cli/tidemark-cli'))
os.environ.setdefault('GSETTINGS_SCHEMA_DIR', os.path.join(BUILD, 'data'))
EVENTS = int(os.environ.get('TIDEMARK_EVENTS') or (sys.argv.pop(1) if len(sys.argv) > 1 else 50000000))
os.environ['TIDEMARK_EVENTS'] = str(EVENTS)
sys.path.insert(0, os.path.join(HERE, '../ui'))
from ui import UiTest, main  # noqa: E402

MEMORY_GROWTH = 1.15
FRAME_CPU_MS = 100
# What the window's log tells of five seconds: of these the median is told, of those the largest.
MIDDLES, ENDS = ('p50_ms', 'cpu_p50_ms'), ('p99_ms', 'longest_ms', 'cpu_p99_ms', 'wait_p99_ms', 'wait_longest_ms')


def resident_mb(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmRSS:')) * 1024 / 1e6


def cpu_s(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
        words = file.read().rpartition(')')[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


class CatchUp(UiTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(dir=self.tmp)
        self.broker = subprocess.Popen(['sh', os.path.join(HERE, '../support/kafka.sh'), 'run', folder], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.stop_broker)
        if self.broker.stdout.readline().strip() != 'ready':
            self.skipTest('no broker')
        with open(os.path.join(folder, 'env'), encoding='utf-8') as file:
            brokers = dict(line.strip().split('=', 1) for line in file)['plain']
        subprocess.run([os.path.join(BUILD, 'tests/support/fill-topic'), brokers, 'events', str(EVENTS),
                        self.workspace], check=True)

    def stop_broker(self):
        self.broker.stdin.close()
        self.broker.wait(timeout=60)
        self.broker.stdout.close()

    def stored(self):
        done = self.cli('sql', self.workspace, 'SELECT coalesce(max(_seq), 0) AS n FROM events', check=False)
        return int(done.stdout.split()[1]) if done.returncode == 0 else 0  # until it is there

    def take(self, app, frames):
        """Where it is now; @frames: the lines of its log that were there before."""
        lines = [line.split('frames ')[-1].split() for line in app.output().splitlines() if 'wait_p99_ms' in line]
        seen = [dict(zip(['frames', *words[1::2]], map(float, [words[0], *words[2::2]]))) for words in lines[frames:]]
        line = {'s': round(time.monotonic() - self.started, 1), 'events': self.stored(),
                'memory_mb': round(resident_mb(app.process.pid), 1),
                'wal_mb': round(sum(map(os.path.getsize, glob.glob(self.workspace + '/*-wal'))) / 1e6, 1)}
        if seen:
            line.update({'frames': sum(one['frames'] for one in seen),
                         **{key: statistics.median(one[key] for one in seen) for key in MIDDLES},
                         **{key: max(one[key] for one in seen) for key in ENDS}})
        print(json.dumps(line), flush=True)
        return line, len(lines)

    def test_catch_up(self):
        app = self.start('--workspace', self.workspace, env={'G_MESSAGES_DEBUG': 'tidemark-frames'})
        app.find('push button', 'Agree and open').click()
        self.started, cpu = time.monotonic(), cpu_s(app.process.pid)
        first, frames = self.take(app, 0)
        lines = [first]
        while lines[-1]['events'] < EVENTS:
            time.sleep(5)
            line, frames = self.take(app, frames)
            lines.append(line)
        used = cpu_s(app.process.pid) - cpu
        app.find('panel', 'Events')
        if os.environ.get('TIDEMARK_UI_PICTURES'):
            app.picture(os.path.join(os.environ['TIDEMARK_UI_PICTURES'], 'catch-up.png'))
        self.assertEqual(app.quit(), 0, app.output())
        self.assertEqual(self.stored(), EVENTS)
        self.sum_up(lines, used)

    def sum_up(self, lines, used):
        first, last, half = lines[0], lines[-1], len(lines) // 2
        events = last['events'] - first['events']
        memory = [max(line['memory_mb'] for line in part) for part in (lines[:half + 1], lines[half:])]
        shown = [line for line in lines if 'frames' in line]
        print(json.dumps({
            'events': events, 'events_per_s': round(events / (last['s'] - first['s'])),
            'cpu_us_an_event': round(used * 1e6 / events, 3), 'memory_mb': memory,
            'wal_mb': max(line['wal_mb'] for line in lines),
            **{key: statistics.median(line[key] for line in shown) for key in MIDDLES},
            **{key: max(line[key] for line in shown) for key in ENDS}}), flush=True)
        self.assertLess(memory[1], memory[0] * MEMORY_GROWTH, 'memory grew')
        self.assertLess(max(line['cpu_p99_ms'] for line in shown), FRAME_CPU_MS, 'frames took long')


main()
