# SPDX-License-Identifier: GPL-3.0-or-later
"""What the flow tests share: the built command, temporary workspaces, and running the pipeline until it has what is
waited for. A test program is unittest with TIDEMARK_CLI in its environment; main() prints each case as TAP."""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import unittest

CLI = os.environ.get('TIDEMARK_CLI', 'tidemark-cli')
# Less history and fewer events, where programs are slow: tests/sanitize.sh sets it.
SHORT = os.environ.get('TIDEMARK_TESTS') == 'short'


def cli(*words, check=True):
    """Runs a command; its standard output, or with check=False the finished process."""
    done = subprocess.run([CLI, *map(str, words)], capture_output=True, text=True, check=False, timeout=600)
    if not check:
        return done
    if done.returncode != 0:
        raise AssertionError(f'{words}: exit {done.returncode}: {done.stderr}{done.stdout[:2000]}')
    return done.stdout


def init_demo(workspace):
    """The demo; when short, a day of the ledger and two hours of sensors, for 65 days and two days."""
    cli('init', workspace, '--demo')
    if SHORT:
        path = os.path.join(workspace, 'workspace.conf')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('begin=-65d', 'begin=-1d').replace('begin=-2d', 'begin=-2h'))


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline='')))


class Pipeline:
    """tidemark-cli run --json in the background; statuses are read as they come."""

    def __init__(self, workspace, *options):
        # Standard error goes to a file: a pipe that nobody reads could fill and stop the process.
        self.errors = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen([CLI, 'run', workspace, '--json', *options], stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)

    def statuses(self):
        for line in self.process.stdout:
            yield json.loads(line)

    def wait_for(self, condition):
        """The first status for which @condition holds. The suite's time-out bounds the wait."""
        for status in self.statuses():
            if condition(status):
                return status
        self.errors.seek(0)
        raise AssertionError('the pipeline ended: ' + self.errors.read())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.read()
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.errors.close()
        return status

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.errors.close()

    def end(self):
        """Whatever became of the test: nothing is left running."""
        if self.process.poll() is None:
            self.kill()


def events(status, stream):
    return next(s['events'] for s in status['streams'] if s['name'] == stream)


class Broker:
    """tests/support/kafka.sh run, or a skip with its reason."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix='tidemark-broker-')
        self.process = subprocess.Popen(['sh', os.environ['KAFKA_SH'], 'run', self.directory.name], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.process.stdout.readline().strip() != 'ready':
            reason = self.process.stderr.read().strip()
            status = self.process.wait()
            self.stop()
            if status == 77:
                raise unittest.SkipTest(reason)
            raise AssertionError(reason)
        with open(os.path.join(self.directory.name, 'env'), encoding='utf-8') as file:
            self.address = dict(line.strip().split('=', 1) for line in file)['plain']

    def create(self, topic, partitions):
        subprocess.run([os.environ['CREATE_TOPIC'], self.address, topic, str(partitions)], check=True, timeout=120)

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(timeout=60)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()
        self.directory.cleanup()


def kcat(address, topic, path, *options):
    """Lines of a file as messages. kcat is to have the system's librdkafka."""
    subprocess.run(['kcat', '-P', '-b', address, '-t', topic, '-X', 'queue.buffering.max.messages=1000000', *options, '-l', path],
                   check=True, timeout=600, env={k: v for k, v in os.environ.items() if k != 'LD_LIBRARY_PATH'})


class FlowTest(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.mkdtemp(prefix='tidemark-flow-')
        self.workspace = os.path.join(self.tmp, 'ws')

    def tearDown(self):
        shutil.rmtree(self.tmp)

    def write_workspace(self, text):
        os.makedirs(self.workspace, exist_ok=True)
        with open(os.path.join(self.workspace, 'workspace.conf'), 'w', encoding='utf-8') as file:
            file.write(text)


class Tap(unittest.TestResult):
    """One line a case, so that a skip is counted and names its reason; what went wrong is told on standard error."""

    def say(self, word, test, note=''):
        print(f'{word} {self.testsRun} - {test.id().removeprefix("__main__.")}{note}', flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say('ok', test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.testsRun += not isinstance(test, unittest.TestCase)  # a class that could not be set up
        self.say('ok', test, ' # SKIP ' + ' '.join(reason.split()))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.testsRun += not isinstance(test, unittest.TestCase)
        self.tell(test, err)

    def tell(self, test, err):
        traceback.print_exception(*err)
        self.say('not ok', test)


def main():
    """Runs the program's tests; TAP on standard output."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    result = Tap()
    suite.run(result)
    print(f'1..{result.testsRun}', flush=True)
    sys.exit(not result.wasSuccessful())
