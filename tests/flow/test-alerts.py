#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts, end to end: the demo's incidents fire and clear at the right event time, once; a webhook gets what it is sent,
after it was away, once, whatever restarts come in between; what is caught up late is told to nobody."""
import contextlib
import datetime
import hashlib
import hmac
import http.server
import json
import os
import socket
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from flow import FlowTest, Pipeline, cli, main, rows  # noqa: E402

MASK = (1 << 64) - 1
CITIES = ['Berlin', 'Hamburg', 'Munich', 'Cologne', 'Frankfurt']
MINUTE = 60
SALTS = {'city-outage': 23, 'fraud-burst': 24, 'cool-box-warm': 25}


def mix(x):
    x ^= x >> 30
    x = x * 0xbf58476d1ce4e5b9 & MASK
    x ^= x >> 27
    x = x * 0x94d049bb133111eb & MASK
    return x ^ x >> 31


def incident_hash(seed, index, salt):
    return mix((mix((seed * 0x9e3779b97f4a7c15 + salt) & MASK) + index * 0xd1342543de82ef95) & MASK)


def last_incident(salt, before):
    """The newest incident of a kind that ended some time before @before: city, start and end in seconds; as the demo's
    generator places them, one at most in three hours."""
    window = int(before) // (3 * 3600)
    while True:
        h = incident_hash(1, window, salt)
        start = window * 3 * 3600 + (h >> 24) % (3 * 3600 - 1800)
        end = start + (12 + (h >> 16) % 14) * MINUTE
        if h % 100 < 55 and end < before - 40 * MINUTE:
            return CITIES[(h >> 8) % 5], start, end
        window -= 1


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def history(workspace, rule):
    return rows(cli('sql', workspace, f"SELECT rule, \"group\", state, time, late FROM alert_event WHERE rule = '{rule}' ORDER BY id"))


class Incidents(FlowTest):
    """Each source tells the story around its newest incident, at sixty times the speed of the clock."""
    SPEED = 60
    AFTER_ORDER = {'deliveries': 40 * MINUTE}  # a source begins with the order that its events are of

    def test_demo(self):
        now = time.time()
        incidents = {rule: last_incident(salt, now - 3600) for rule, salt in SALTS.items()}
        sources = {'city-outage': 'deliveries', 'fraud-burst': 'payments', 'cool-box-warm': 'sensors'}
        cli('init', self.workspace, '--demo')
        path = os.path.join(self.workspace, 'workspace.conf')
        with open(path, encoding='utf-8') as file:
            lines = [line for line in file.read().split('\n') if not line.startswith('begin=')]
        out = []
        for line in lines:
            out.append(line)
            for rule, source in sources.items():
                if line == f'[source {source}]':
                    begin = incidents[rule][1] - 12 * MINUTE - self.AFTER_ORDER.get(source, 0)
                    out += [f'speed={self.SPEED}', f'begin={iso(begin)}']
            if line in ('[source orders]', '[source positions]'):
                out.append('enabled=false')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('\n'.join(out))
        self.assertIn('no mistakes', cli('check', self.workspace))
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        missing = set(sources)
        deadline = time.monotonic() + 200
        for status in pipeline.statuses():
            for rule in list(missing):
                city, _start, end = incidents[rule]
                if next(s['seq'] for s in status['streams'] if s['name'] == sources[rule]) == 0:
                    continue
                newest = rows(cli('sql', self.workspace, f'SELECT max(_time) AS t FROM {sources[rule]}'))[0]['t']
                if newest and int(newest) / 1e6 > end + 16 * MINUTE:
                    missing.discard(rule)
            self.assertLess(time.monotonic(), deadline, missing)
            if not missing:
                break
        self.assertEqual(pipeline.stop(), 0)
        for rule, (city, start, end) in incidents.items():
            seen = [e for e in history(self.workspace, rule) if e['group'] == city and int(e['time']) / 1e6 <= end + 14 * MINUTE]
            fired = [int(e['time']) / 1e6 for e in seen if e['state'] == 'firing']
            cleared = [int(e['time']) / 1e6 for e in seen if e['state'] == 'normal']
            print(f'# {rule}: {city} {iso(start)}..{iso(end)}, fired {[iso(t) for t in fired]}, cleared {[iso(t) for t in cleared]}')
            self.assertEqual(len(fired), 1, (rule, seen))
            # How soon depends on how many events a city has and how its incident begins.
            self.assertTrue(start < fired[0] <= end, (rule, fired[0] - start))
            resolved = [t for t in cleared if t > fired[0]]
            self.assertEqual(len(resolved), 1, (rule, seen))
            self.assertTrue(end - MINUTE <= resolved[0] <= end + 10 * MINUTE, (rule, resolved[0] - end))
            # It was long ago: a timeline, and nobody told.
            self.assertEqual({e['late'] for e in seen}, {'1'})
        with contextlib.closing(sqlite3.connect(os.path.join(self.workspace, 'tidemark.db'))) as database:
            self.assertEqual(database.execute('SELECT count(*) FROM alert_delivery').fetchone(), (0,))


class Receiver:
    """A real HTTP server that keeps what it gets; the first answers are @statuses, then 200."""

    def __init__(self, port, statuses=()):
        self.got = []
        self.statuses = list(statuses)
        self.lock = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                with receiver.lock:
                    status = receiver.statuses.pop(0) if receiver.statuses else 200
                    receiver.got.append((status, dict(self.headers), body))
                    receiver.lock.notify_all()
                self.send_response(status)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *_words):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, condition, seconds=60):
        with self.lock:
            if not self.lock.wait_for(lambda: condition(self.got), seconds):
                raise AssertionError(f'not received: {self.got}')

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Webhook(FlowTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.write_workspace(f'''
[workspace]
version=1
name=Hooks
[source s]
kind=file
path=events.ndjson
follow=true
stream=s
[stream s]
time=at
lateness=0s
[field s.at]
type=time
[field s.x]
type=int
[metric load]
stream=s
aggregate=max(x)
every=1s
[alert high]
title=Too high
metric=load
condition=above
threshold=5
for=4s
severity=critical
routes=on-call
[route on-call]
kind=webhook
url=http://127.0.0.1:{self.port}/hook
auth=hmac
''')
        self.file = open(os.path.join(self.workspace, 'events.ndjson'), 'w', encoding='utf-8')
        self.addCleanup(self.file.close)
        os.environ['TIDEMARK_SECRET_ROUTE_ON_CALL'] = 'not for the log'
        self.value = 1
        self.feeding = True
        self.feeder = threading.Thread(target=self.feed, daemon=True)

    def feed(self):
        while self.feeding:
            at = datetime.datetime.now(datetime.timezone.utc).isoformat().replace('+00:00', 'Z')
            self.file.write(json.dumps({'at': at, 'x': self.value}) + '\n')
            self.file.flush()
            time.sleep(0.2)  # the pace of the events, nothing waits for it

    def tearDown(self):
        self.feeding = False
        if self.feeder.is_alive():
            self.feeder.join()
        super().tearDown()

    def alerts(self, pipeline, **wanted):
        pipeline.wait_for(lambda status: all(status.get('alerts', {}).get(key) == value for key, value in wanted.items()))

    def test_once_through_restarts(self):
        self.feeder.start()
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        self.alerts(pipeline, rules=1, pending=0)
        self.value = 9
        self.alerts(pipeline, pending=1)
        pipeline.kill()  # in the middle of for=
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        self.alerts(pipeline, firing=1)
        # The receiver is away: it is tried again, also after a restart.
        for status in pipeline.statuses():
            if rows(cli('sql', self.workspace, 'SELECT state FROM alert_event WHERE state = \'firing\'')):
                break
        time.sleep(3)  # of trying in vain
        pipeline.kill()
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        self.alerts(pipeline, firing=1)
        receiver = Receiver(self.port, statuses=[503])
        self.addCleanup(receiver.end)
        receiver.wait_for(lambda got: len(got) >= 2)
        for _status in pipeline.statuses():  # a kill before this is noted would send it again, under the same id
            with contextlib.closing(sqlite3.connect(os.path.join(self.workspace, 'tidemark.db'))) as database:
                if database.execute("SELECT count(*) FROM alert_delivery WHERE status = 'sent'").fetchone() == (1,):
                    break
        pipeline.kill()  # while it fires, and was told
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        self.alerts(pipeline, firing=1)
        self.value = 1
        receiver.wait_for(lambda got: len(got) >= 3)
        self.alerts(pipeline, firing=0)
        self.assertEqual(pipeline.stop(), 0)
        self.assertEqual([status for status, _headers, _body in receiver.got], [503, 200, 200])
        bodies = [json.loads(body) for _status, _headers, body in receiver.got]
        for _status, headers, body in receiver.got:
            expected = 'sha256=' + hmac.new(b'not for the log', body, hashlib.sha256).hexdigest()
            self.assertEqual(headers['X-Tidemark-Signature'], expected)
            self.assertEqual(headers['Content-Type'], 'application/json')
        ids = [headers['X-Tidemark-Delivery'] for _status, headers, _body in receiver.got]
        self.assertEqual(ids[0], ids[1])
        self.assertNotEqual(ids[1], ids[2])
        self.assertEqual([b['status'] for b in bodies], ['firing', 'firing', 'resolved'])
        first = bodies[0]['alerts'][0]
        self.assertEqual((first['rule'], first['title'], first['severity'], first['value']), ('high', 'Too high', 'critical', 9))
        self.assertEqual([e['state'] for e in history(self.workspace, 'high')], ['pending', 'firing', 'normal'])
        told = json.dumps(bodies[0])
        print(f'# {told}')

    def test_bad_answers(self):
        """A receiver that will never take it is not asked again."""
        receiver = Receiver(self.port, statuses=[404])
        self.addCleanup(receiver.end)
        self.feeder.start()
        pipeline = Pipeline(self.workspace)
        self.addCleanup(pipeline.end)
        self.alerts(pipeline, rules=1, pending=0)
        self.value = 9
        receiver.wait_for(lambda got: len(got) >= 1)
        self.value = 1
        receiver.wait_for(lambda got: len(got) >= 2)
        self.assertEqual(pipeline.stop(), 0)
        self.assertEqual([json.loads(body)['status'] for _s, _h, body in receiver.got], ['firing', 'resolved'])


if __name__ == '__main__':
    main()
