#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A topic of a real broker is caught up with under kill -9, with roll-ups in between: counts and sums are those that
Python computes from the same events, percentiles lie within the sketch's 1 %, distinct counts within four standard
errors, and merged equals recompute for every metric.

TIDEMARK_FLOW_EVENTS says how many events (100,000 if not set, 20,000 in the short form), TIDEMARK_FLOW_SEED repeats a run."""
import collections
import datetime
import itertools
import json
import os
import random
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from flow import SHORT, Broker, FlowTest, Pipeline, cli, events, kcat, main, rows  # noqa: E402

EVENTS = int(os.environ.get('TIDEMARK_FLOW_EVENTS', '20000' if SHORT else '100000'))
SEED = int(os.environ.get('TIDEMARK_FLOW_SEED', random.randrange(1 << 32)))
KILLS = 4
PARTITIONS = 4
MINUTES = 90
CITIES = ['Berlin', 'Köln', 'São Paulo', '東京', 'Reykjavík', 'O"Fallon, IL']

WORKSPACE = '''
[workspace]
version=1
name=Trips

[source trips]
kind=kafka
brokers={brokers}
topic=trips
stream=trips
property.fetch.message.max.bytes=100000

[stream trips]
format=json
time=at

[field trips.at]
type=time
required=true

[field trips.city]
type=text
required=true

[field trips.rider]
type=int

[field trips.fare]
path=price.amount
type=decimal(2)
unit=EUR
min=0

[field trips.distance]
type=real
unit=km
'''
METRICS = {
    'trips': 'aggregate=count\nby=city',
    'all': 'aggregate=count',
    'riders-seen': 'aggregate=count\nby=city\nwhere=rider IS NOT NULL',
    'fares': 'aggregate=sum(fare)\nby=city',
    'long-fares': 'aggregate=sum(fare)\nby=city\nwhere=distance > 10',
    'rider-sum': 'aggregate=sum(rider)',
    'cheapest': 'aggregate=min(fare)\nby=city',
    'dearest': 'aggregate=max(fare)\nby=city',
    'mean-distance': 'aggregate=avg(distance)\nby=city',
    'median': 'aggregate=p50(distance)\nby=city',
    'p95': 'aggregate=p95(distance)\nby=city',
    'p99': 'aggregate=p99(distance)\nby=city',
    'riders': 'aggregate=distinct(rider)\nby=city',
    'share': 'aggregate=ratio(riders-seen, trips)',
}


def produce(broker, path, first, last):
    """Lines [first, last) of the file as messages, spread over the partitions."""
    part = path + '.part'
    with open(path, 'rb') as file, open(part, 'wb') as out:
        out.writelines(itertools.islice(file, first, last))
    kcat(broker.address, 'trips', part, '-X', 'partitioner=random')


class Truth:
    """The events as Python sees them; one in 500 is broken and belongs into quarantine."""

    def __init__(self, path):
        self.random = random.Random(SEED)
        self.end = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) \
            - datetime.timedelta(minutes=5)
        self.begin = self.end - datetime.timedelta(minutes=MINUTES)
        self.bad = 0
        self.cells = collections.defaultdict(list)  # (minute, city) -> (fare in cents or None, distance, rider or None)
        with open(path, 'w', encoding='utf-8') as file:
            for _ in range(EVENTS):
                file.write(self.line() + '\n')

    def line(self):
        r = self.random
        minute, second = r.randrange(MINUTES), r.random() * 60
        at = self.begin + datetime.timedelta(minutes=minute, seconds=second)
        city = r.choice(CITIES)
        cents = r.randrange(100000) if r.random() < 0.99 else None
        distance = round(r.lognormvariate(2, 1), 6)
        rider = r.randrange(1, 20000) if r.random() < 0.9 else None
        event = {'at': at.isoformat(timespec='microseconds'), 'city': city, 'rider': rider, 'distance': distance,
                 'price': {'amount': None if cents is None else f'{cents // 100}.{cents % 100:02}'}}
        if r.random() < 0.002:
            self.bad += 1
            return r.choice(['{"at": "' + event['at'] + '", "city": ', '{"city": "Berlin"}', 'null', '{"a":1,}'])
        self.cells[self.begin + datetime.timedelta(minutes=minute), city].append((cents, distance, rider))
        return json.dumps(event, ensure_ascii=r.random() < 0.5)

    @property
    def good(self):
        return EVENTS - self.bad


def quantile(values, q):
    return sorted(values)[int(q * (len(values) - 1))]


class Kafka(FlowTest):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.stop)

    def committed(self):
        """Offsets committed over all partitions, read beside the process that may be killed."""
        database = os.path.join(self.workspace, 'tidemark.db')
        try:
            connection = sqlite3.connect(f'file:{database}?mode=ro', uri=True, timeout=10)
            try:
                return connection.execute('SELECT coalesce(sum("offset"), 0) FROM position').fetchone()[0]
            finally:
                connection.close()
        except sqlite3.OperationalError:  # not made yet
            return 0

    def kill_after(self, target):
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        while self.committed() < target and pipeline.process.poll() is None:
            time.sleep(0.002)
        self.assertIsNone(pipeline.process.poll(), 'the pipeline ended by itself')
        pipeline.kill()
        return self.committed()

    def metric(self, name, *options):
        table = rows(cli('query', self.workspace, name, *options))
        value = next(column for column in table[0] if column.startswith('value'))
        return {(datetime.datetime.fromisoformat(row['time'].replace('Z', '+00:00')), row.get('city')): row[value]
                for row in table}

    def check(self, name, compute, compare, by_city=True):
        """Each pane of a minute as Python computes it from the events; None for a pane that has no value."""
        cells = collections.defaultdict(list)
        for (minute, city), values in self.truth.cells.items():
            cells[minute, city if by_city else None] += values
        wanted = {key: value for key, value in ((k, compute(v)) for k, v in cells.items()) if value is not None}
        got = {key: value for key, value in self.metric(name).items() if value != ''}
        self.assertEqual(set(got), set(wanted), name)
        for key, value in wanted.items():
            compare(float(got[key]) if isinstance(value, float) else got[key], value, f'{name} {key}')

    def near(self, relative):
        def compare(got, wanted, name):
            self.assertLessEqual(abs(got - wanted), relative * abs(wanted), name)
        return compare

    def exact(self, got, wanted, name):
        self.assertEqual(got, wanted, name)

    def check_all(self):
        def cents(fold, where=lambda v: True):
            def compute(values):
                fares = [v[0] for v in values if v[0] is not None and where(v)]
                return f'{fold(fares) // 100}.{fold(fares) % 100:02}' if fares else None
            return compute

        self.check('trips', lambda v: str(len(v)), self.exact)
        self.check('all', lambda v: str(len(v)), self.exact, by_city=False)
        self.check('fares', cents(sum), self.exact)
        self.check('long-fares', cents(sum, lambda v: v[1] > 10), self.exact)
        self.check('cheapest', cents(min), self.exact)
        self.check('dearest', cents(max), self.exact)
        self.check('rider-sum', lambda v: str(sum(r for _, _, r in v if r is not None)), self.exact, by_city=False)
        self.check('mean-distance', lambda v: sum(d for _, d, _ in v) / len(v), self.near(1e-12))
        for name, q in (('median', 0.5), ('p95', 0.95), ('p99', 0.99)):
            self.check(name, lambda v, q=q: quantile([d for _, d, _ in v], q), self.near(0.01))
        self.check('riders', lambda v: float(len({r for _, _, r in v if r is not None})), self.near(0.033))
        self.check('share', lambda v: sum(r is not None for _, _, r in v) / len(v), self.near(1e-12))

    def check_views(self):
        for name in METRICS:
            for every in ('1min', '15min', '1h'):
                self.assertEqual(self.metric(name, '--every', every),
                                 self.metric(name, '--every', every, '--view', 'recompute'), f'{name} every {every}')

    def test_catch_up_under_kills(self):
        print(f'# TIDEMARK_FLOW_SEED={SEED} TIDEMARK_FLOW_EVENTS={EVENTS}')
        self.write_workspace(WORKSPACE.format(brokers=self.broker.address) + ''.join(
            f'\n[metric {name}]\nstream=trips\nevery=1min\n{keys}\n' for name, keys in METRICS.items()))
        self.assertIn('no mistakes', cli('check', self.workspace))
        path = os.path.join(self.tmp, 'trips.ndjson')
        self.truth = Truth(path)
        self.broker.create('trips', PARTITIONS)
        r = random.Random(SEED + 1)
        in_the_middle = produced = 0
        for target in sorted(r.randrange(EVENTS * 9 // 10) for _ in range(KILLS)):
            # A commit may hold tens of thousands: what is there when it is killed is a little more than what it waits for.
            produce(self.broker, path, produced, target + EVENTS // 20)
            produced = target + EVENTS // 20
            then = self.kill_after(target)
            in_the_middle += 0 < then < EVENTS
            print(f'# killed with {then} of {EVENTS} committed')
            self.check_views_of_what_is_there()
            if r.random() < 0.5:
                cli('batch', self.workspace, 'rollup:trips')
        self.assertGreaterEqual(in_the_middle, 2, 'too few kills came while it caught up')
        produce(self.broker, path, produced, EVENTS)
        started = time.monotonic()
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        status = pipeline.wait_for(lambda s: s['sources'][0]['lag_events'] == 0 and self.committed() == EVENTS)
        print(f'# caught up with the rest in {time.monotonic() - started:.1f} s')
        self.assertEqual(pipeline.stop(), 0)
        self.assertEqual(events(status, 'trips'), self.truth.good)
        self.assertEqual(int(rows(cli('sql', self.workspace, 'SELECT count(*) AS n FROM trips'))[0]['n']), self.truth.good)
        self.assertEqual(int(rows(cli('sql', self.workspace, 'SELECT count(*) AS n FROM quarantine'))[0]['n']), self.truth.bad)
        doubled = 'SELECT _partition FROM trips GROUP BY _partition, _offset HAVING count(*) > 1'
        self.assertEqual(rows(cli('sql', self.workspace, doubled)), [])
        self.check_all()
        self.check_views()
        cli('batch', self.workspace, 'rollup:trips')
        self.check_all()
        self.check_views()

    def check_views_of_what_is_there(self):
        for name in ('trips', 'fares', 'p95', 'riders'):
            if self.committed():
                self.assertEqual(self.metric(name), self.metric(name, '--view', 'recompute'), name)


if __name__ == '__main__':
    main()
