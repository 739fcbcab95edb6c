#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the advisor foretells, and what it becomes. The demo runs on a clock that goes faster. Each metric is there in
real time, of which the advisor foretells error and cost at every interval, and again in copies that really are
refreshed so rarely. What the copies then show is compared, second by second, with what all events say, counted here and
not by the program (a sketch, which is itself off by 1 %, with that of the metric in real time); what they use is what was
metered. The short pass goes by the computer's clock and lies in an hour of steady traffic; the long one, on a clock that
goes faster, takes a working day, after two of history: the errors of a quiet hour are not those of a busy one. The last
part looks, of all tiers that were run, for one that meets the same objective and tolerance and turned out cheaper than
the advised one.

usage: realised.py --cli tidemark-cli --harness build/tests/balance/realised [--pass short|long|all] [--minutes 12] [--speed 1]
"""
import argparse
import bisect
import collections
import csv
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import time

LONG_SPAN_S = 32 * 3600  # of which a quarter is for foretelling: a whole day is left
TIERS = {'short': (5, 15, 60), 'long': (300, 900, 3600)}
HISTORY_S = {'short': 80 * 60, 'long': 48 * 3600}
STEADY_HOUR_S = 18 * 3600 + 55 * 60  # UTC: dinner is at its height in the hour and a half that it ends
WORKING_DAYS_S = 8 * 86400 - 12 * 3600  # Thursday noon, as the epoch began on one: no week-end for three days
VCPU_HOUR = 0.04048

# stream, aggregate, field, where (key, value), by, window in s, more keys. A counter's window is its decision's.
Metric = collections.namedtuple('Metric', 'stream aggregate field where by window extra')
METRICS = {
    'orders': Metric('orders', 'count', None, None, None, 900, 'decision=15min\ntolerance=20%\nfreshness=10min\n'),
    'revenue': Metric('orders', 'sum', 'amount', ('status', 'delivered'), 'city', 1800,
                      'decision=30min\ntolerance=15%\nfreshness=10min\n'),
    'basket': Metric('orders', 'avg', 'amount', None, 'city', 900, 'every=15min\ntolerance=5%\nfreshness=1h\n'),
    'payments': Metric('payments', 'count', None, None, 'city', 900, 'decision=15min\ntolerance=10%\n'),
    'driver-position': Metric('positions', 'avg', 'lat', ('city', 'Berlin'), 'driver_id', 60,
                              'tolerance=0.001%\nfreshness=15s\n'),
    'drivers-online': Metric('positions', 'distinct', 'driver_id', None, 'city', 60, 'freshness=5min\ntolerance=5%\n'),
    'delivery-time': Metric('deliveries', 'p95', 'duration_s', None, None, 300, 'over=5min\ntolerance=10%\n'),
    'box-temperature': Metric('sensors', 'max', 'temperature_c', None, 'city', 180, 'over=3min\nfreshness=1min\n'),
    'box-pattern': Metric('sensors', 'avg', 'temperature_c', None, 'city', 900,
                          'every=15min\nfreshness=2h\ntolerance=10%\n'),
}
TIMES = {'orders': 'created_at', 'payments': 'paid_at', 'positions': 'at', 'deliveries': 'delivered_at',
         'sensors': 'measured_at'}
# The demo's own sections of sources, streams and fields are kept; its metrics, alerts and analyses are not.
KEPT = ('workspace', 'batch', 'live', 'source', 'stream', 'field')


def copy_name(name, every):
    return '%s-%ds' % (name, every)


def metric_section(name, metric, tier):
    extra = metric.extra if 'every=' in metric.extra else metric.extra + 'every=1min\n'
    argument = '(%s)' % metric.field if metric.field else ''
    return '[metric %s]\nstream=%s\naggregate=%s%s\n%s%s%s%s\n' % (
        name, metric.stream, metric.aggregate, argument,
        "where=%s = '%s'\n" % metric.where if metric.where else '', 'by=%s\n' % metric.by if metric.by else '',
        extra, tier)


def make_workspace(cli, directory, begin, tiers):
    subprocess.run([cli, 'init', directory, '--demo'], check=True, stdout=subprocess.DEVNULL)
    path = os.path.join(directory, 'workspace.conf')
    with open(path, encoding='utf-8') as file:
        sections = file.read().split('\n[')
    start = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(begin))
    out = []
    for section in sections[1:]:
        kind, _, name = section.split(']')[0].partition(' ')
        if kind not in KEPT or name.startswith('ledger'):
            continue
        lines = [('begin=' + start if line.startswith('begin=') else line) for line in section.split('\n')]
        out.append('[' + '\n'.join(line for line in lines if not line.startswith('#')))
    for name, metric in METRICS.items():
        out.append(metric_section(name, metric, 'tier=real-time'))
        for every in tiers:
            tier = 'tier=micro-batch\nrefresh=%ds' % every if every < 3600 else 'tier=batch\nschedule=every 1h'
            out.append(metric_section(copy_name(name, every), metric, tier))
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join(out))
    subprocess.run([cli, 'check', directory], check=True, stdout=subprocess.DEVNULL)


# --- what all events say ---

def read_events(cli, directory, metric):
    columns = [metric.field or '1', metric.by or "'All'"]
    where = "WHERE %s = '%s'" % metric.where if metric.where else ''
    text = subprocess.run([cli, 'sql', directory, 'SELECT CAST(_time AS INTEGER) AS t, %s AS v, %s AS g FROM %s %s'
                           % (columns[0], columns[1], metric.stream, where), '--format', 'csv'],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    groups = collections.defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        if row['v'] == '':
            continue
        value = row['v'] if metric.aggregate == 'distinct' else float(row['v'])
        groups[row['g'] if row['g'] != '' else 'null'].append((float(row['t']) / 1e6, value))
    for events in groups.values():
        events.sort(key=lambda event: event[0])
    return groups


class Truth:
    """The answer over the window that ends at a time, by groups; times ascend. shown: of the metric in real time."""

    def __init__(self, metric, groups, shown):
        self.metric = metric
        self.shown = shown
        self.newest = [row[1] for row in shown]
        self.groups = {g: ([e[0] for e in events], [e[1] for e in events]) for g, events in groups.items()}
        self.sums = {}
        for g, (times, values) in self.groups.items():
            sums = [0.0]
            for value in values:
                sums.append(sums[-1] + (1 if metric.aggregate in ('count', 'distinct') else value))
            self.sums[g] = sums

    def between(self, g, after, upto):
        times = self.groups[g][0]
        return bisect.bisect_right(times, after), bisect.bisect_right(times, upto)

    def amount(self, after, upto):
        """Of a counter: what came in (after, upto], over all groups."""
        total = 0
        for g in self.groups:
            a, b = self.between(g, after, upto)
            total += abs(self.sums[g][b] - self.sums[g][a])
        return total

    def value(self, g, at):
        """Windows are made of whole seconds, and end with the present one."""
        if self.metric.aggregate in ('distinct', 'p95'):
            return self.sketched(g, at)
        end = math.floor(at) + 1
        a, b = self.between(g, end - self.metric.window, at)
        if a == b:
            return math.nan
        values = self.groups[g][1]
        if self.metric.aggregate == 'avg':
            return (self.sums[g][b] - self.sums[g][a]) / (b - a)
        return max(values[a:b])

    def sketched(self, g, at):
        i = bisect.bisect_left(self.newest, at)
        value = self.shown[i][2].get(g) if i < len(self.shown) else None
        return math.nan if value is None else value


# --- what was shown ---

def errors_of_counter(truth, metric, shown, times):
    level = sum(truth.amount(t - metric.window, t) for t in times) / len(times)
    errors, at = [], 0
    for t in times:
        while at + 1 < len(shown) and shown[at + 1][0] <= t:
            at += 1
        if shown[at][0] <= t:
            errors.append(truth.amount(max(shown[at][1], t - metric.window), t) / level)
    return errors


def errors_of_gauge(truth, shown, times):
    errors, levels, at, known = [], [], 0, {}
    for t in times:
        while at < len(shown) and shown[at][0] <= t:
            known.update({g: v for g, v in shown[at][2].items() if v is not None})
            at += 1
        error = level = 0.0
        for g in truth.groups:
            x = truth.value(g, t)
            if math.isnan(x):
                continue
            level += abs(x)
            error += abs(x - known.get(g, 0))
        if level > 0 and known:
            errors.append(error)
            levels.append(level)
    mean = sum(levels) / len(levels)
    return [error / mean for error in errors]


def realise(truth, metric, shown, times):
    counter = metric.aggregate in ('count', 'sum')
    errors = sorted(errors_of_counter(truth, metric, shown, times) if counter
                    else errors_of_gauge(truth, shown, times))
    return errors[int(0.95 * (len(errors) - 1))], sum(errors) / len(errors)


# --- a run ---

def run(options, kind, directory):
    tiers, history, real_s = TIERS[kind], HISTORY_S[kind], options.minutes * 60
    span = int(real_s * options.speed) if kind == 'short' else LONG_SPAN_S
    speed = span / real_s
    end = time.time() + 30  # so that nothing lies ahead of the computer's own clock
    if kind == 'short':
        end -= (end - STEADY_HOUR_S - span) % 86400
    else:
        end -= (end - WORKING_DAYS_S) % (7 * 86400)
    begin = end - span
    make_workspace(options.cli, directory, begin - history, tiers)
    done = subprocess.run([options.harness, directory, str(int(begin * 1e6)), str(speed), str(span // 4), str(span)],
                          stdout=subprocess.PIPE, check=True, text=True)
    if options.log:
        with open('%s-%s.ndjson' % (options.log, kind), 'w', encoding='utf-8') as file:
            file.write(done.stdout)
    found = {'foretold': collections.defaultdict(dict), 'shown': collections.defaultdict(list), 'used': []}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if 'foretold' in row:
            found['foretold'][row['foretold']][row['every_s']] = row
            found['from'] = row['time'] / 1e6
        elif 'shown' in row:
            found['shown'][row['shown']].append((row['time'] / 1e6, row['newest'] / 1e6, row['groups']))
            found['to'] = row['time'] / 1e6
        else:
            found['used'].append(row)
    return found


OWN = ('live', 'snapshot', 'refresh', 'roll-up')


def used(found, name, column='metric', activities=OWN):
    """CPU seconds an hour of the clock, after the foretelling."""
    total, span = 0, 0
    times = {}
    for row in found['used']:
        times[row['used']] = row['time']
        if row[column] == name and row['activity'] in activities and (column != 'stream' or row['metric'] == ''):
            total += row['cpu_ns'] * (1 if row['used'] == 'after' else -1)
    span = (times['after'] - times['before']) / 3.6e9
    return total / 1e9 / span


def judge(options, kind, directory, found):
    step = 1 if kind == 'short' else 15
    first = math.ceil(found['from']) + max(TIERS[kind])  # each copy was refreshed once
    times = [first + i * step for i in range(int((found['to'] - first - 30) / step))]
    rows = []
    for name, metric in METRICS.items():
        truth = Truth(metric, read_events(options.cli, directory, metric), found['shown'][name])
        for every in (1,) + TIERS[kind]:
            copy = copy_name(name, every) if every > 1 else name
            p95, mean = realise(truth, metric, found['shown'][copy], times)
            told = found['foretold'][name].get(every, {})
            own = used(found, copy) / 3600 * VCPU_HOUR
            stream = used(found, metric.stream, 'stream', ('decode', 'store')) / 3600 * VCPU_HOUR
            rows.append({'metric': name, 'pass': kind, 'every_s': every, 'foretold_error': told.get('error', math.nan),
                         'measured': told.get('measured', False), 'error': p95,
                         'foretold_mean': told.get('mean_error', math.nan), 'mean': mean,
                         'foretold_usd': told.get('own_usd_per_h', math.nan), 'usd': own,
                         'stream_usd': told.get('stream_usd_per_h', math.nan), 'stream_metered_usd': stream,
                         'tolerance': told.get('tolerance', math.nan), 'advised': told.get('advised', False),
                         'objective': told.get('objective_s', 0), 'age': told.get('age_s', math.nan),
                         'streams_usd': {e: t['stream_usd_per_h'] for e, t in found['foretold'][name].items()}})
    return rows


def off(foretold, realised):
    """In percent; nothing of nothing is not off."""
    if realised <= 1e-9 and foretold <= 1e-9:
        return 0.0
    return (realised / foretold - 1) * 100 if foretold > 0 else math.nan


def report(rows):
    print('%-16s %6s | %9s %9s %6s | %9s %9s %6s | %10s %10s %6s' % (
        'metric', 'every', 'error told', 'became', 'off', 'mean told', 'became', 'off', 'own USD/h', 'became', 'off'))
    within = {name: ([], []) for name in METRICS}
    for row in rows:
        offs = (off(row['foretold_error'], row['error']), off(row['foretold_mean'], row['mean']),
                off(row['foretold_usd'], row['usd']))
        if row['every_s'] > 1:  # real time is ten looks a second of the real clock, however fast the other goes
            for tiers, value in zip(within[row['metric']], (offs[0], offs[2])):
                if abs(value) <= 15:
                    tiers.append(row['every_s'])
        print('%-16s %5ds%s| %8.4f%% %8.4f%% %5.0f%% | %8.4f%% %8.4f%% %5.0f%% | %10.3g %10.3g %5.0f%%' % (
            row['metric'], row['every_s'], ' ' if row['measured'] else '≤', row['foretold_error'] * 100,
            row['error'] * 100, offs[0], row['foretold_mean'] * 100, row['mean'] * 100, offs[1],
            row['foretold_usd'], row['usd'], offs[2]))
    print('\nwithin 15 %, of the tiers that were run:')
    for name, (errors, costs) in within.items():
        print('%-16s error %-24s own cost %s' % (name, ' '.join('%ds' % e for e in errors) or '-',
                                                 ' '.join('%ds' % e for e in costs) or '-'))
    for what, i in (('error', 0), ('own cost', 1)):
        print('%s within 15 %% at three tiers or more: %d of %d metrics' % (
            what, sum(len(tiers[i]) >= 3 for tiers in within.values()), len(within)))


SAME_COST = 0.01  # as the advisor has it


def meets(row, error):
    return error <= row['tolerance'] and (row['objective'] == 0 or row['age'] <= row['objective'])


def cheapest(rows, error, cost):
    """As tide_advice_judge() chooses: the cheapest that meets both, of equally cheap ones the slowest."""
    found = None
    for row in rows:
        if meets(row, row[error]) and (found is None or cost(row) <= cost(found) * (1 + SAME_COST)):
            found = row
    return found or rows[0]


def report_cheaper(rows):
    """Of all tiers that were run, is another that meets the same, as it turned out, cheaper than the advised one? What a
    stream costs at a tier is the platform's price; what a metric costs is what was metered."""
    print('\nno tier that meets objective and tolerance is cheaper than the advised one?')
    failed = 0
    for name in METRICS:
        tiers = {}
        for row in rows:
            if row['metric'] == name:
                tiers.setdefault(row['every_s'], row)  # real time was in both: of the computer's own clock
        mine = [tiers[every] for every in sorted(tiers)]
        stream = mine[-1]['streams_usd']
        advised = cheapest(mine, 'foretold_error', lambda row: row['foretold_usd'] + stream[row['every_s']])
        cost = advised['usd'] + stream[advised['every_s']]
        cheaper = [row for row in mine if row is not advised and meets(row, row['error'])
                   and row['usd'] + stream[row['every_s']] < cost * (1 - SAME_COST)]
        failed += len(cheaper) > 0
        met = 'met' if meets(advised, advised['error']) else 'NOT MET: within %.3g %%' % (advised['error'] * 100)
        print('%-16s %s  advised every %d s at %.3g USD/h (%s; %.3g %% and %s s asked); of the others %s' % (
            name, 'NO ' if cheaper else 'yes', advised['every_s'], cost, met, advised['tolerance'] * 100,
            int(advised['objective']) or '-',
            ', '.join('%d s: %s' % (row['every_s'], '%.3g USD/h' % (row['usd'] + stream[row['every_s']])
                                    if meets(row, row['error'])
                                    else 'too old' if row['error'] <= row['tolerance']
                                    else 'off by %.3g %%' % (row['error'] * 100)) for row in mine if row is not advised)))
    print('%d of %d metrics have a cheaper tier that meets the same' % (failed, len(METRICS)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cli', required=True)
    parser.add_argument('--harness', required=True)
    parser.add_argument('--pass', dest='kind', choices=('short', 'long', 'all'), default='all')
    parser.add_argument('--speed', type=float, default=1, help='of the short pass; 1 takes the program as it is')
    parser.add_argument('--minutes', type=float, default=12)
    parser.add_argument('--log', help="write the harness's lines to LOG-PASS.ndjson")
    parser.add_argument('--json', help='write the rows there too')
    options = parser.parse_args()
    kinds = list(TIERS) if options.kind == 'all' else [options.kind]
    rows = []
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix='tidemark-realised-') as tmp:
            directory = os.path.join(tmp, 'workspace')
            rows += judge(options, kind, directory, run(options, kind, directory))
    report(rows)
    report_cheaper(rows)
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as file:
            json.dump(rows, file)
    return 0


if __name__ == '__main__':
    sys.exit(main())
