#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exact under every fault: a real broker, a producer that writes a known sequence, and tidemark-cli run, to which random
things happen. After each: what is stored is what the topic has, each message once; merged = base + recompute for every
metric; SQLite's quick_check. A failure prints its seed and keeps its folder.

  run.py [--faults 50] [--seed N] [--lanes 2] [--long]

The environment names the programs: FAULTY_CLI, FAULT_PRODUCER, FAULT_CHECK, KAFKA_SH (meson sets them)."""
import argparse
import collections
import ctypes
import errno
import mmap
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get('MESON_BUILD_ROOT', os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../build'))
TOOLS = {name: os.environ.get(name, os.path.join(BUILD, 'tests/faults', name.lower().replace('_', '-')))
         for name in ('FAULTY_CLI', 'FAULT_PRODUCER', 'FAULT_CHECK')}
KAFKA_SH = os.environ.get('KAFKA_SH', os.path.join(os.path.dirname(os.path.abspath(__file__)), '../support/kafka.sh'))

# Of sqlite3.h.
IOERR_READ, IOERR_WRITE, IOERR_FSYNC, FULL, BUSY = 266, 778, 1034, 13, 5
READ, WRITE, SYNC, LOCK = 1, 2, 4, 8
KILL, POWER_LOSS = 1, 2
POINTS = ['commit-positions', 'commit-end', 'commit-done', 'seal-deleted', 'seal-end', 'rollup-added',
          'publish-groups', 'call-end', 'call-done', 'checkpoint-done', 'retain-folded', 'retain-end', 'vacuum-end']
ROUND = 50          # faults before a new topic and a new workspace
DISK_MB = 192
SETTLE_S = 240

WORKSPACE = """[workspace]
version=1
name=faults
[batch]
rollup={rollup}
[source s]
kind=kafka
brokers={brokers}
topic={topic}
stream=s
[stream s]
format=json
time=at
retention=30d
[field s.id]
type=int
[field s.at]
type=time
unit=ms
[field s.city]
type=text
[field s.amount]
type=decimal(2)
[field s.x]
type=real
[field s.user]
type=int
[metric events]
stream=s
aggregate=count
every=1min
[metric ids]
stream=s
aggregate=sum(id)
every=15min
[metric amount]
stream=s
aggregate=sum(amount)
by=city
every=1min
[metric capped]
stream=s
aggregate=count
by=user
every=15min
group-cap=50
[metric x]
stream=s
aggregate=avg(x)
where=city <> 'c1'
every=5min
[metric p]
stream=s
aggregate=p95(amount)
by=city
every=15min
[metric users]
stream=s
aggregate=distinct(user)
every=15min
[metric low]
stream=s
aggregate=min(x)
every=1h
"""


class Page(ctypes.Structure):
    """fault-page.h"""
    _fields_ = [('point', ctypes.c_char * 32), ('point_after', ctypes.c_int32), ('point_action', ctypes.c_int32),
                ('op_kinds', ctypes.c_int32), ('op_after', ctypes.c_int32), ('op_count', ctypes.c_int32),
                ('op_code', ctypes.c_int32), ('op_action', ctypes.c_int32), ('seed', ctypes.c_uint32),
                ('clock_us', ctypes.c_int64), ('hits', ctypes.c_int32)]


class Failure(Exception):
    pass


class Peer:
    """A process that answers each line with a line."""

    def __init__(self, *argv, **options):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.lock = threading.Lock()

    def ask(self, line):
        with self.lock:
            self.process.stdin.write(line + '\n')
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
        if not answer:
            raise Failure(f'{self.process.args[0]} ended')
        return answer

    def tell(self, line):
        answer = self.ask(line)
        if answer.split(' ')[0] != 'ok':
            raise Failure(f'{line}: {answer}')
        return answer

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class Broker:
    def __init__(self, folder):
        self.peer = Peer('sh', KAFKA_SH, 'run', folder, stderr=subprocess.PIPE)
        if self.peer.process.stdout.readline().strip() != 'ready':
            reason = self.peer.process.stderr.read().strip()
            if self.peer.process.wait() == 77:
                print(f'SKIP {reason}')
                sys.exit(77)
            raise Failure(reason)
        with open(os.path.join(folder, 'env'), encoding='utf-8') as env:
            self.address = dict(line.strip().split('=', 1) for line in env)['plain']
        self.restarting = threading.Lock()  # one at a time; lanes that need it wait


class Lane:
    """One workspace after the other, and what happens to it."""

    def __init__(self, number, options, broker, tally):
        self.number, self.options, self.broker, self.tally = number, options, broker, tally
        self.folder = os.path.join(options.folder, f'lane{number}')
        os.mkdir(self.folder)
        self.has_disk = mount_disk(self.folder)
        self.page_path = os.path.join(options.folder, f'page{number}')
        with open(self.page_path, 'wb') as file:
            file.write(bytes(ctypes.sizeof(Page)))
        self.page_file = open(self.page_path, 'r+b')
        self.memory = mmap.mmap(self.page_file.fileno(), ctypes.sizeof(Page))
        self.page = Page.from_buffer(self.memory)
        self.env = dict(os.environ, TIDEMARK_FAULT_PAGE=self.page_path, XDG_RUNTIME_DIR=options.folder)
        self.producer = Peer(TOOLS['FAULT_PRODUCER'], broker.address)
        self.checker = Peer(TOOLS['FAULT_CHECK'], env=dict(os.environ, XDG_RUNTIME_DIR=options.folder))
        self.process = None
        self.batches = []
        self.workspace = None
        self.events = 0
        self.last = ''

    # --- the process under test ---

    def start(self):
        self.wait_batches()
        self.errors = open(os.path.join(self.options.folder, f'stderr{self.number}'), 'a', encoding='utf-8')
        self.out = open(os.path.join(self.options.folder, f'stdout{self.number}'), 'w', encoding='utf-8')
        self.process = subprocess.Popen([TOOLS['FAULTY_CLI'], 'run', self.workspace, '--json'], env=self.env,
                                        stdout=self.out, stderr=self.errors)

    def reap(self, *expected):
        status = self.process.wait(timeout=60)
        self.out.close()
        self.errors.close()
        self.process = None
        if status not in expected:
            raise Failure(f'the process ended with status {status}; see stderr{self.number}')

    def kill(self):
        self.process.kill()
        self.reap(-signal.SIGKILL)

    def restart(self):
        self.clear()
        if self.process is None:
            self.start()

    def clear(self):
        """Nothing goes wrong any more; the clock stays as it is."""
        self.page.point_after = self.page.op_after = 0
        self.page.op_kinds = self.page.op_count = self.page.op_code = self.page.op_action = 0

    def has_died(self, within_s):
        try:
            self.process.wait(timeout=within_s)
            return True
        except subprocess.TimeoutExpired:
            return False

    def ask_batch(self, *names):
        """In the background: whoever runs the workspace is asked, and may die meanwhile; if nobody does, it runs the
        jobs itself, and nobody else can start before it ends."""
        self.wait_up()
        env = {k: v for k, v in self.env.items() if k != 'TIDEMARK_FAULT_PAGE'}
        self.batches.append(subprocess.Popen([TOOLS['FAULTY_CLI'], 'batch', self.workspace, *names], env=env,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def wait_up(self):
        """Until the process has the workspace, or has ended."""
        path = os.path.join(self.workspace, '.tidemark.lock')
        while self.process is not None and self.process.poll() is None:
            if os.path.exists(path):
                with open(path, encoding='utf-8') as file:
                    if file.read().strip() == str(self.process.pid):
                        return
            time.sleep(0.005)

    def wait_batches(self):
        for batch in self.batches:
            batch.wait(timeout=120)
        self.batches = []

    # --- rounds ---

    def begin_round(self, rand, number):
        if self.process is not None:
            self.process.terminate()
            self.reap(0)
        if self.workspace is not None:
            shutil.rmtree(self.workspace)
        topic = f'faults-{self.number}-{number}'
        self.partitions = rand.randint(1, 3)
        with self.broker.restarting:
            self.producer.tell(f'create {topic} {self.partitions}')
        self.workspace = os.path.join(self.folder, f'ws{number}')
        os.mkdir(self.workspace)
        with open(os.path.join(self.workspace, 'workspace.conf'), 'w', encoding='utf-8') as file:
            file.write(WORKSPACE.format(brokers=self.broker.address, topic=topic,
                                        rollup=rand.choice(['every 1s', 'every 3s', 'every 1h'])))
        self.topic = topic
        self.page.clock_us = 0
        self.clear()
        self.start()

    def settle(self):
        self.events, self.sum = map(int, self.producer.tell('settle').split(' ')[1:])

    def wait_stored(self):
        answer = self.checker.ask(f'{self.workspace} s {self.events} {self.sum} {SETTLE_S * 1000} seen')
        if not answer.startswith('ok'):
            raise Failure(answer)

    def check(self):
        self.settle()
        answer = self.checker.ask(f'{self.workspace} s {self.events} {self.sum} {SETTLE_S * 1000} all')
        if not answer.startswith('ok'):
            raise Failure(answer)
        return answer

    def run(self, seed, numbers, ended):
        """Until they are done, or another lane's failure ended it."""
        rand = random.Random(f'{seed}-{self.number}')
        done = 0
        for number in numbers:
            if ended.is_set():
                break
            if done % ROUND == 0:
                self.begin_round(rand, done // ROUND)
            kind = rand.choices(list(KINDS), [weight(self.options, self) for _, weight in KINDS.values()])[0]
            if done % ROUND == 0:
                kind = 'migrate'
            self.last = kind
            started = time.monotonic()
            self.producer.tell(f'send {rand.choice([200, 700, 2000, 5000, 12000])}')
            if rand.random() < 0.3:
                self.ask_batch('rollup:s')
            detail = KINDS[kind][0](self, rand)
            self.last = f'{kind} {detail or ""}'.strip()
            self.restart()
            self.wait_batches()
            answer = self.check()
            self.tally(self, kind, time.monotonic() - started, answer)
            if self.options.verbose:
                print(f'lane {self.number} fault {number}: {self.last}: {self.events} events, {answer}, '
                      f'{time.monotonic() - started:.1f} s', flush=True)
            done += 1

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.wait_batches()
        for peer in (self.producer, self.checker):
            peer.process.kill()
            peer.process.wait()


# --- what goes wrong ---

def pause(rand, most_s=0.4):
    time.sleep(rand.random() * most_s)


def kill(lane, rand):
    pause(rand)
    lane.kill()


def kill_twice(lane, rand):
    """The second time while it comes up."""
    pause(rand)
    lane.kill()
    lane.start()
    time.sleep(rand.random() * 0.15)
    lane.kill()


def at_point(lane, rand, action):
    point = rand.choice(POINTS)
    lane.page.point = point.encode()
    lane.page.point_action = action
    lane.page.seed = rand.getrandbits(32)
    lane.page.point_after = rand.choice([1, 1, 2, 5]) if not point.startswith(('retain', 'vacuum')) else 1
    if point.startswith(('retain', 'vacuum')):
        age_all(lane)
        lane.ask_batch('rollup:s', 'retention:')
    else:
        lane.producer.tell('send 700')
        lane.ask_batch('rollup:s')
    reached = lane.has_died(1.5)
    lane.page.point_after = 0
    if reached:
        lane.reap(-signal.SIGKILL)
    elif action == POWER_LOSS:
        reached = lose_power_soon(lane, rand)
    else:
        lane.kill()
    return f'{point}{"" if reached else " (not reached)"}'


def age_all(lane):
    """Whatever is stored is past its 30 days."""
    lane.settle()
    lane.wait_stored()
    lane.page.clock_us += 40 * 86400 * 10 ** 6


def kill_at_point(lane, rand):
    return at_point(lane, rand, KILL)


def drop_index(lane):
    """Memory does not survive a loss of power."""
    for name in os.listdir(lane.workspace):
        if name.endswith('-shm'):
            os.unlink(os.path.join(lane.workspace, name))


def lose_power_soon(lane, rand):
    lane.page.seed = rand.getrandbits(32)
    lane.page.op_kinds = rand.choice([WRITE, SYNC, WRITE | SYNC])
    lane.page.op_action = POWER_LOSS
    lane.page.op_count = 1
    lane.page.op_after = rand.choice([1, 2, 3, 5, 10, 30])
    lane.producer.tell('send 700')
    reached = lane.has_died(1.5)
    if reached:
        lane.reap(-signal.SIGKILL)
    else:
        lane.kill()
    drop_index(lane)
    return reached


def power_loss(lane, rand):
    pause(rand, 0.2)
    return None if lose_power_soon(lane, rand) else '(not reached)'


def power_loss_at_point(lane, rand):
    detail = at_point(lane, rand, POWER_LOSS)
    drop_index(lane)
    return detail


def io_error(lane, rand):
    kinds, code = rand.choice([(READ, IOERR_READ), (WRITE, IOERR_WRITE), (SYNC, IOERR_FSYNC), (WRITE, FULL),
                               (WRITE | SYNC, IOERR_WRITE), (LOCK, BUSY)])
    lane.page.op_action = 0
    lane.page.op_code = code
    lane.page.op_count = rand.choice([1, 3, 20])
    lane.page.op_kinds = kinds
    lane.page.op_after = rand.choice([1, 2, 3, 7, 20])
    if rand.random() < 0.2:
        lane.kill()
        lane.start()
    time.sleep(0.3 + rand.random() * 0.7)
    if lane.process.poll() is not None:
        lane.reap(1)  # it could not open its database, and said so
    return f'code {code}'


def disk_full(lane, rand):
    path = os.path.join(lane.folder, 'filler')
    room = os.statvfs(lane.folder)
    leave = rand.choice([0, 64, 300, 1000]) * 1024
    size = max(room.f_bavail * room.f_frsize - leave, 0)
    with open(path, 'wb', buffering=0) as file:
        try:
            for _ in range(size // 4096):  # the process under test takes room as well
                file.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    lane.producer.tell(f'send {rand.choice([5000, 20000])}')
    time.sleep(0.5 + rand.random())
    if rand.random() < 0.3:
        lane.kill()
    os.unlink(path)
    return f'{leave // 1024} kB left'


def stop_and_go(lane, rand):
    for_s = 60 if lane.options.long and rand.random() < 0.1 else rand.random() * 2
    lane.process.send_signal(signal.SIGSTOP)
    time.sleep(for_s)
    lane.process.send_signal(signal.SIGCONT)
    return f'{for_s:.1f} s'


def broker_restart(lane, rand):
    with lane.broker.restarting:
        lane.broker.peer.tell(rand.choice(['down', 'kill']))
        lane.producer.tell('send 2000')
        pause(rand, 3)
        if rand.random() < 0.3:
            lane.kill()
            lane.start()
        lane.broker.peer.tell('up')


def add_partitions(lane, rand):
    if lane.partitions >= 24:
        return kill(lane, rand)
    lane.partitions += rand.randint(1, 2)
    with lane.broker.restarting:
        lane.producer.tell(f'grow {lane.topic} {lane.partitions}')
    lane.producer.tell('send 2000')
    if rand.random() < 0.5:
        pause(rand)
        lane.kill()
    return f'to {lane.partitions}'


def set_clock(lane, rand):
    by_s = rand.choice([-7200, -3600, -60, -1, 1, 60, 3600, 86400, -86400])
    lane.page.clock_us += by_s * 10 ** 6
    if rand.random() < 0.3:
        pause(rand)
        lane.kill()
    return f'by {by_s} s'


def retain(lane, rand):
    age_all(lane)
    lane.ask_batch('rollup:s', 'retention:')
    pause(rand, 1)
    if rand.random() < 0.7:
        lane.kill()


def migrate(lane, rand):
    """Ended while the database is made."""
    lane.kill()
    lane.wait_batches()
    for name in os.listdir(lane.workspace):
        if name != 'workspace.conf':
            os.unlink(os.path.join(lane.workspace, name))
    action = rand.choice([KILL, POWER_LOSS])
    lane.page.point = b'migrate-end'
    lane.page.point_action = action
    lane.page.seed = rand.getrandbits(32)
    lane.page.point_after = 1
    lane.start()
    reached = lane.has_died(2.5)
    lane.page.point_after = 0
    if reached:
        lane.reap(-signal.SIGKILL)
    else:
        lane.kill()
    if action == POWER_LOSS:
        drop_index(lane)
    return '' if reached else '(not reached)'


def seldom(short, long):
    return lambda options, lane: long if options.long else short


KINDS = {
    'kill': (kill, seldom(10, 12)),
    'kill-twice': (kill_twice, seldom(4, 6)),
    'kill-at-point': (kill_at_point, seldom(12, 20)),
    'power-loss': (power_loss, seldom(8, 10)),
    'power-loss-at-point': (power_loss_at_point, seldom(8, 12)),
    'io-error': (io_error, seldom(8, 12)),
    'disk-full': (disk_full, lambda options, lane: 3 if lane.has_disk else 0),
    'stop': (stop_and_go, seldom(3, 3)),
    'broker': (broker_restart, seldom(0.7, 2)),
    'partitions': (add_partitions, seldom(2, 2)),
    'clock': (set_clock, seldom(4, 5)),
    'retention': (retain, seldom(4, 6)),
    'migrate': (migrate, lambda options, lane: 0),  # the first of each round
}


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.kinds = collections.defaultdict(list)
        self.reached = collections.Counter()
        self.events = {}
        self.deleted = {}

    def __call__(self, lane, kind, took_s, answer):
        with self.lock:
            self.kinds[kind].append(took_s)
            key = (lane.number, lane.topic)
            self.events[key] = lane.events
            self.deleted[key] = int(answer.split(' ')[1])
            if 'not reached' not in lane.last:
                self.reached[lane.last] += 1

    def count(self):
        return sum(len(took) for took in self.kinds.values())

    def print(self, seed, took_s):
        for kind, took in sorted(self.kinds.items()):
            print(f'  {kind:20} {len(took):5}  {sum(took) / len(took):5.1f} s each')
        print(f'seed {seed}: {self.count()} faults in {took_s:.0f} s; {sum(self.events.values())} events produced, '
              f'each stored once; {sum(self.deleted.values())} of them folded and deleted by retention')


def mount_disk(folder):
    """Makes it a small file system of its own; or says why not."""
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={DISK_MB}m', 'tmpfs', folder], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        print(f'SKIP disk-full: no tmpfs can be mounted here: {done.stderr.strip()}')
    return done.returncode == 0


def run_lanes(options, broker, tally):
    """What failed, one a lane."""
    failures = []
    ended = threading.Event()
    lanes = [Lane(number, options, broker, tally) for number in range(options.lanes)]

    def run(lane):
        try:
            lane.run(options.seed, range(lane.number, options.faults, options.lanes), ended)
        except Exception as error:  # pylint: disable=broad-except
            failures.append(f'lane {lane.number}, {lane.last}: {type(error).__name__}: {error}; see {lane.workspace}')
            print(failures[-1], flush=True)
            ended.set()

    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for lane in lanes:
        lane.end()
        if lane.has_disk and failures:
            shutil.copytree(lane.folder, os.path.join(options.folder, f'kept{lane.number}'))
        if lane.has_disk:
            subprocess.run(['umount', '-l', lane.folder], check=False)
    return failures


def main():
    parser = argparse.ArgumentParser(description='random faults, and what must hold after each')
    parser.add_argument('--faults', type=int, default=10 if os.environ.get('TIDEMARK_TESTS') == 'short' else 50)
    parser.add_argument('--seed', type=int, default=None)
    parser.add_argument('--lanes', type=int, default=2)
    parser.add_argument('--long', action='store_true', help='also what takes a minute each')
    parser.add_argument('--verbose', action='store_true')
    options = parser.parse_args()
    options.seed = random.SystemRandom().getrandbits(31) if options.seed is None else options.seed
    options.folder = tempfile.mkdtemp(prefix='tidemark-faults-')
    print(f'seed {options.seed}, in {options.folder}', flush=True)
    broker_folder = os.path.join(options.folder, 'broker')
    os.mkdir(broker_folder)
    broker, failures, tally = None, ['the broker did not start'], Tally()
    started = time.monotonic()
    try:
        broker = Broker(broker_folder)
        failures = run_lanes(options, broker, tally)
    finally:
        if broker is not None:
            broker.peer.end()
    tally.print(options.seed, time.monotonic() - started)
    for failure in failures:
        print('FAILED', failure)
    if not failures:
        shutil.rmtree(options.folder)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
