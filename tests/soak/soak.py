#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hours of event time, as fast as the machine goes: the demo at 10,000 events a second, made at once from so many hours
ago until now, stored, measured live and rolled up. One JSON line an hour of event time: memory, WAL, bytes an event,
what roll-ups cost. At the end they are held against each other; exit status 1 when one grew.

usage: soak.py [--hours 24] [--rate 10000] [--cli tidemark-cli] [--dir DIR]     (24 h need about 30 GB)
"""
import argparse
import csv
import datetime
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WAL_MAX = 256 << 20


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--hours', type=float, default=24)
    parser.add_argument('--rate', type=float, default=10000)
    parser.add_argument('--cli', default=os.environ.get('TIDEMARK_CLI', 'tidemark-cli'))
    parser.add_argument('--dir', help='where the workspace is made; a temporary folder when missing')
    return parser.parse_args()


def make_workspace(args, workspace):
    subprocess.run([args.cli, 'init', workspace, '--demo'], check=True, stdout=subprocess.DEVNULL)
    path = os.path.join(workspace, 'workspace.conf')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=args.hours)
    parts = text.count('kind=demo\n')
    text = re.sub(r'^(begin|rate)=.*\n', '', text, flags=re.MULTILINE)
    text = text.replace('kind=demo\n', f'kind=demo\nrate={args.rate / parts}\nbegin={begin:%Y-%m-%dT%H:%M:%SZ}\n')
    text = text.replace('rollup=every 5min', 'rollup=every 1min')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    subprocess.run([args.cli, 'check', workspace], check=True, stdout=subprocess.DEVNULL)


def rollups(args, workspace):
    """CPU seconds and events of all roll-ups so far."""
    done = subprocess.run([args.cli, 'sql', workspace, "SELECT sum(cpu_us) AS cpu_us, sum(rows) AS events FROM run "
                           "WHERE name LIKE 'rollup:%' AND status = 'succeeded'"],
                          check=True, capture_output=True, text=True)
    row = next(csv.DictReader(io.StringIO(done.stdout)))
    return float(row['cpu_us'] or 0) / 1e6, float(row['events'] or 0)


class Hours:
    """What each hour of event time took."""

    def __init__(self, args, workspace):
        self.args, self.workspace, self.lines = args, workspace, []
        self.per_hour = args.rate * 3600
        self.started = time.monotonic()
        self.memory = self.wal = 0
        self.cpu = self.rolled = self.used = self.events = 0

    def take(self, status, last):
        events = sum(stream['events'] for stream in status['streams'])
        self.memory = max(self.memory, status['memory_bytes'])
        self.wal = max(self.wal, status['wal_bytes'])
        if events >= (len(self.lines) + 1) * self.per_hour or (last and events > self.events):
            self.end_hour(status, events)

    def end_hour(self, status, events):
        cpu, rolled = rollups(self.args, self.workspace)
        share = max(rolled - self.rolled, 1)
        line = {'hour': round(events / self.per_hour, 2), 'events': events,
                'wall_s': round(time.monotonic() - self.started, 1),
                'cpu_us_an_event': round((status['cpu_us'] - self.used) / max(events - self.events, 1), 3),
                'memory_mb': round(self.memory / 1e6, 1), 'wal_mb': round(self.wal / 1e6, 1),
                'bytes_an_event': round(status['database_bytes'] / max(events, 1), 2),
                'rollup_us_an_event': round((cpu - self.cpu) * 1e6 / share, 4), 'rolled_up': rolled}
        print(json.dumps(line), flush=True)
        self.lines.append(line)
        self.cpu, self.rolled, self.used, self.events = cpu, rolled, status['cpu_us'], events
        self.memory = self.wal = 0

    def problems(self):
        """The second half against the first, without the hour in which everything is opened."""
        found = [f"the WAL had {line['wal_mb']} MB" for line in self.lines if line['wal_mb'] * 1e6 > WAL_MAX]
        lines = self.lines[1:] if len(self.lines) > 2 else self.lines
        first, second = lines[:len(lines) // 2], lines[len(lines) // 2:]
        for key, allowed in (('memory_mb', 1.15), ('bytes_an_event', 1.1), ('rollup_us_an_event', 1.5)):
            before, after = (sum(line[key] for line in half) / max(len(half), 1) for half in (first, second))
            if first and after > before * allowed:
                found.append(f'{key} grew from {before:.3f} to {after:.3f}')
        return found


def caught_up(status):
    return bool(status['sources']) and all(
        source['state'] not in ('connecting', 'catching-up') and source['events'] > 0
        and (source['lag_s'] is not None and source['lag_s'] < 5) for source in status['sources'])


def soak(args, workspace):
    make_workspace(args, workspace)
    hours = Hours(args, workspace)
    process = subprocess.Popen([args.cli, 'run', workspace, '--json'], stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            status = json.loads(line)
            if status['trouble']:
                print('trouble: ' + status['trouble'], file=sys.stderr)
                return 1
            done = caught_up(status)
            hours.take(status, done)
            if done:
                break
        else:
            print('the pipeline ended early', file=sys.stderr)
            return 1
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        process.wait()
    for problem in hours.problems():
        print(problem, file=sys.stderr)
    return 1 if hours.problems() else 0


def main():
    args = arguments()
    base = args.dir or tempfile.mkdtemp(prefix='tidemark-soak-')
    try:
        return soak(args, os.path.join(base, 'ws'))
    finally:
        if not args.dir:
            shutil.rmtree(base)


if __name__ == '__main__':
    sys.exit(main())
