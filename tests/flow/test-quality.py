#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data quality, through Kafka (a real broker, or librdkafka's mock cluster where there is none): of events of which one in twenty is broken, in ten ways, every
broken one is in quarantine with its reason and the rest is stored; replay brings in what was mended, once; counters add
up; a masked value is nowhere in the clear.

TIDEMARK_FLOW_SEED repeats a run."""
import collections
import datetime
import json
import os
import random
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from flow import Broker, FlowTest, Pipeline, cli, kcat, main, rows  # noqa: E402

SEED = int(os.environ.get('TIDEMARK_FLOW_SEED', random.randrange(1 << 32)))
EVENTS = 20000
PARTITIONS = 3

WORKSPACE = '''
[workspace]
version=1
name=Shop
time-zone=UTC

[source orders]
kind=kafka
brokers={brokers}
topic=orders
stream=orders

[stream orders]
format=json
time=at
min-volume=1/1min

# When it was ordered.
[field orders.at]
type=time
required=true

[field orders.id]
type=int
required=true
unique=1d

[field orders.code]
type=text
pattern=^[A-Z]{{3}}[0-9]+$

[field orders.currency]
type=text
trim=true
case=upper
values=EUR, CHF

[field orders.amount]
path=pay.amount
type=decimal(2)
min=0
max={maximum}

[field orders.note]
type=text
min-length=2
max-length=20

[field orders.rating]
type=int
max=5
severity.max=warn
limit.max=50%

[metric amount]
stream=orders
aggregate=sum(amount)
by=currency
every=1min

[metric orders]
stream=orders
aggregate=count
every=1min
'''


class Cluster:
    """librdkafka's own, in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen([os.environ['MOCK_KAFKA']], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def create(self, topic, partitions):
        self.process.stdin.write(f'create {topic} {partitions}\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer == 'ok', answer

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=60)


def start_kafka():
    try:
        return Broker()
    except unittest.SkipTest as reason:
        print(f'# a mock cluster: {reason}', flush=True)
        return Cluster()


# How an event is broken, and the rules that its entry names. 'above' is mended by a higher maximum.
WAYS = {
    'malformed': ['.format'],
    'no time': ['at.required', '.time'],
    'future': ['.future'],
    'type': ['amount.type'],
    'missing': ['id.required'],
    'twice': ['id.unique'],
    'pattern': ['code.pattern'],
    'set': ['currency.values'],
    'above': ['amount.max'],
    'two': ['amount.min', 'note.min-length'],
}


class Truth:
    def __init__(self):
        self.random = random.Random(SEED)
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.begin = now - datetime.timedelta(minutes=20)
        self.ahead = now + datetime.timedelta(hours=3)
        self.broken = {}  # event number → way
        self.lines = [self.line(i) for i in range(EVENTS)]

    def event(self, i):
        r = self.random
        return {'at': (self.begin + datetime.timedelta(milliseconds=i * 50)).isoformat(), 'id': i,
                'code': f'ABC{i}', 'currency': r.choice(['EUR', 'CHF', ' eur', 'chf ']),
                'pay': {'amount': r.randrange(10000) / 100}, 'note': 'as ordered', 'rating': r.randrange(1, 7)}

    def line(self, i):
        event, way = self.event(i), self.random.choice(list(WAYS)) if self.random.random() < 0.05 else None
        if way == 'twice' and i < 10:
            way = None
        if way is None:
            return json.dumps(event)
        self.broken[i] = way
        if way == 'malformed':
            return json.dumps(event)[:-3]
        if way == 'no time':
            del event['at']
        elif way == 'future':
            event['at'] = self.ahead.isoformat()
        elif way == 'type':
            event['pay']['amount'] = 'a lot'
        elif way == 'missing':
            event['id'] = None
        elif way == 'twice':  # of the same partition, so that the first one is read first
            event['id'] = self.first_sound(i)
        elif way == 'pattern':
            event['code'] = 'abc'
        elif way == 'set':
            event['currency'] = 'DM'
        elif way == 'above':
            event['pay']['amount'] = 1000 + i
        elif way == 'two':
            event['pay']['amount'] = -1
            event['note'] = 'x'
        return json.dumps(event)

    def first_sound(self, i):
        return next(k for k in range(i - PARTITIONS, -1, -PARTITIONS) if k not in self.broken)


class Quality(FlowTest):
    @classmethod
    def setUpClass(cls):
        cls.cluster = start_kafka()
        cls.addClassCleanup(cls.cluster.stop)

    def send(self, topic, lines, *options):
        """Line i is event i // PARTITIONS of partition i % PARTITIONS."""
        path = os.path.join(self.tmp, 'events')
        self.cluster.create(topic, PARTITIONS)
        for partition in range(PARTITIONS):
            with open(path, 'w', encoding='utf-8') as file:
                file.write('\n'.join(lines[partition::PARTITIONS]) + '\n')
            kcat(self.cluster.address, topic, path, '-p', str(partition), *options)

    def quarantine(self, *options):
        return rows(cli('quarantine', self.workspace, *options))

    def check_merged(self):
        for metric in ('amount', 'orders'):
            merged = [r | {'layer': ''} for r in rows(cli('query', self.workspace, metric))]
            again = [r | {'layer': ''} for r in rows(cli('query', self.workspace, metric, '--view', 'recompute'))]
            self.assertEqual(merged, again, metric)
        return sum(int(r['value']) for r in merged)

    def counts(self):
        sql = ('SELECT field || \'.\' || rule AS rule, sum(events) AS events, sum(failed) AS failed, sum(warned) AS warned,'
               ' sum(repaired) AS repaired FROM quality_hour GROUP BY 1')
        return {r['rule']: {k: int(v) for k, v in r.items() if k != 'rule'} for r in rows(cli('sql', self.workspace, sql))}

    def test_ten_ways_of_being_broken(self):
        truth = Truth()
        print(f'# TIDEMARK_FLOW_SEED={SEED}', flush=True)
        self.write_workspace(WORKSPACE.format(brokers=self.cluster.address, maximum=200))
        self.send('orders', truth.lines)
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        sound = EVENTS - len(truth.broken)
        pipeline.wait_for(lambda status: status['streams'][0]['seq'] == sound
                          and status['sources'][0]['quarantined'] == len(truth.broken))

        entries = {}
        for entry in self.quarantine():
            partition, offset = entry['position'].split(':')
            entries[int(offset) * PARTITIONS + int(partition)] = entry
        self.assertEqual(set(entries), set(truth.broken))
        sql = 'SELECT id, rules FROM quarantine'
        rules = {r['id']: r['rules'].split(';') for r in rows(cli('sql', self.workspace, sql))}
        for i, way in truth.broken.items():
            self.assertEqual(entries[i]['payload'], truth.lines[i])
            self.assertLessEqual(set(rules[entries[i]['id']]), set(WAYS[way]), (way, entries[i]))
            self.assertEqual(entries[i]['state'], 'new')
        self.assertEqual(self.check_merged(), sound)

        # Counters, in the same transactions.
        ways = collections.Counter(truth.broken.values())
        counts = self.counts()
        self.assertEqual(counts['.']['events'], EVENTS)
        self.assertEqual(counts['.']['failed'], len(truth.broken))
        self.assertEqual(counts['amount.max']['failed'], ways['above'])
        self.assertEqual(counts['note.min-length']['failed'], ways['two'])
        self.assertGreater(counts['rating.max']['warned'], 0)
        self.assertGreater(counts['currency.trim']['repaired'], 0)
        self.assertGreater(counts['currency.case']['repaired'], 0)

        # Nothing is mended yet: all fail again. Asked of the process that has the workspace open.
        self.assertEqual(cli('quarantine', self.workspace, '--rule', 'amount.max', '--replay'),
                         f'0 stored, {ways["above"]} failed again\n')
        self.assertEqual(pipeline.stop(), 0)
        self.write_workspace(WORKSPACE.format(brokers=self.cluster.address, maximum=1000000))
        cli('batch', self.workspace)
        self.assertEqual(cli('quarantine', self.workspace, '--rule', 'amount.max', '--replay'),
                         f'{ways["above"]} stored, 0 failed again\n')
        self.assertEqual(cli('quarantine', self.workspace, '--rule', 'amount.max', '--replay'), '0 stored, 0 failed again\n')
        self.assertEqual(self.check_merged(), sound + ways['above'])

        # One is edited: first into something else that is broken, then rightly.
        one = next(i for i, way in truth.broken.items() if way == 'pattern')
        path = os.path.join(self.tmp, 'payload')
        event = json.loads(truth.lines[one])
        for code, currency, answer in (('ABC1', 'DM', '0 stored, 1 failed again\n'), ('ABC1', 'EUR', '1 stored, 0 failed again\n')):
            with open(path, 'w', encoding='utf-8') as file:
                json.dump(event | {'code': code, 'currency': currency}, file)
            cli('quarantine', self.workspace, '--id', entries[one]['id'], '--edit', path)
            self.assertEqual(cli('quarantine', self.workspace, '--id', entries[one]['id'], '--replay'), answer)
            if currency == 'DM':
                self.assertIn('none of the allowed', self.quarantine('--id', entries[one]['id'])[0]['reason'])
        # What came twice is still there once.
        self.assertEqual(cli('quarantine', self.workspace, '--rule', 'unique', '--replay'),
                         f'0 stored, {ways["twice"]} failed again\n')
        self.assertEqual(cli('quarantine', self.workspace, '--rule', 'unique', '--discard'), f'{ways["twice"]} discarded\n')
        self.assertEqual(len(self.quarantine('--state', 'discarded')), ways['twice'])
        cli('batch', self.workspace)
        self.assertEqual(self.check_merged(), sound + ways['above'] + 1)

    def test_masked_values_are_nowhere_in_the_clear(self):
        secrets = [f'4711-{SEED % 100000}-{i:04}' for i in range(400)]
        self.write_workspace(f'''[workspace]
version=1
name=Cards
[source cards]
kind=kafka
brokers={self.cluster.address}
topic=cards
stream=cards
[stream cards]
format=json
keep-payload=true
[field cards.card]
path=pay.card
type=text
mask=true
pattern=^4711
[field cards.n]
type=int
max=300
[metric cards]
stream=cards
aggregate=count
by=card
every=1min
''')
        lines = [json.dumps({'pay': {'card': card}, 'n': i, 'other': card}) for i, card in enumerate(secrets)]
        lines[10] = lines[10][:-2]                      # not even JSON
        lines[20] = lines[20].replace('4711', '0815')   # breaks the pattern
        # The source says it too: as key and among the headers.
        self.send('cards', [f'{card}|{line}' for card, line in zip(secrets, lines)], '-K', '|', '-H', f'card={secrets[0]}')
        os.environ['TIDEMARK_SECRET_MASK_KEY'] = 'a key of the test'
        self.addCleanup(os.environ.pop, 'TIDEMARK_SECRET_MASK_KEY')
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        status = pipeline.wait_for(lambda s: s['streams'][0]['seq'] + s['sources'][0]['quarantined'] == len(lines))
        self.assertEqual(status['sources'][0]['quarantined'], 101)
        texts = [cli('quarantine', self.workspace), cli('sql', self.workspace, 'SELECT * FROM cards'),
                 cli('query', self.workspace, 'cards'), cli('sql', self.workspace, 'SELECT *, _key, _headers FROM cards'),
                 cli('sql', self.workspace, 'SELECT * FROM quarantine')]
        needles = [part.encode() for part in (f'-{SEED % 100000}-00', f'-{SEED % 100000}-03')]
        self.look(texts, needles)  # with the WAL still there
        self.assertEqual(pipeline.stop(), 0)
        self.assertIn('h:', texts[0])
        sql = 'SELECT count(*) AS n, count(_headers) AS headers FROM cards WHERE _key = card'
        self.assertEqual(rows(cli('sql', self.workspace, sql)), [{'n': str(len(lines) - 101), 'headers': '0'}])
        self.look(texts, needles)
        # The masked payload can be replayed, and is the same value.
        path = os.path.join(self.workspace, 'workspace.conf')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        self.write_workspace(text.replace('max=300', 'max=3000'))
        self.assertEqual(cli('quarantine', self.workspace, '--rule', 'n.max', '--replay'), '99 stored, 0 failed again\n')
        self.assertEqual(rows(cli('sql', self.workspace, 'SELECT count(DISTINCT card) AS n FROM cards'))[0]['n'], '398')
        self.look([], needles)

    def look(self, texts, needles):
        for text in texts:
            for needle in needles:
                self.assertNotIn(needle.decode(), text)
        for folder, _, names in os.walk(self.workspace):
            for name in names:
                with open(os.path.join(folder, name), 'rb') as file:
                    data = file.read()
                for needle in needles:
                    self.assertNotIn(needle, data, name)


if __name__ == '__main__':
    main()
