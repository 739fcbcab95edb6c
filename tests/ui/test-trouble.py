#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong is said in the window, with what to do; nothing is lost, and trying again helps once it is mended."""
import os
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402

WORKSPACE = """[workspace]
version=1
name=Shop

[source shop]
kind=file
path=events.ndjson
stream=shop

[stream shop]
format=json

[field shop.id]
type=int
{more}
[metric events]
stream=shop
aggregate=count
every=1min
"""


class Trouble(UiTest):
    def make(self, more=''):
        self.write_workspace(WORKSPACE.format(more=more))
        with open(os.path.join(self.workspace, 'events.ndjson'), 'w', encoding='utf-8') as file:
            file.writelines(f'{{"id":{i}}}\n' for i in range(40))

    def store(self):
        self.make()
        self.cli('run', self.workspace, '--until-idle', 1)

    def picture(self, app, name):
        folder = os.environ.get('TIDEMARK_UI_PICTURES')
        if folder:
            app.picture(os.path.join(folder, name + '.png'))

    def shows(self, title, says):
        app = self.start('--workspace', self.workspace)
        app.find('label', title)
        app.find('label', lambda name: all(word in name for word in says))
        app.find('push button', 'Try again')
        self.picture(app, self.id().rsplit('.', 1)[1])
        return app

    def test_no_folder(self):
        app = self.shows('The workspace can’t be opened', ['workspace.conf'])
        app.find('push button', 'Back').click()
        app.find('push button', 'Try the demo')
        self.assertEqual(app.quit(), 0, app.output())

    def test_damaged_database(self):
        self.store()
        path = os.path.join(self.workspace, 'tidemark.db')
        with open(path, 'rb') as file:
            whole = file.read()
        with open(path, 'r+b') as file:
            file.write(b'this is no database' * 100)
        app = self.shows('The database is damaged', [self.workspace.rsplit('/', 1)[1]])
        with open(path, 'wb') as file:
            file.write(whole)
        app.find('push button', 'Try again').click()
        app.find('panel', 'Events')
        self.assertEqual(app.quit(), 0, app.output())

    def test_newer_database(self):
        self.store()
        db = sqlite3.connect(os.path.join(self.workspace, 'tidemark.db'))
        db.execute('PRAGMA user_version=9999')
        db.commit()
        db.close()
        app = self.shows('Written by a newer Tidemark', ['9999'])
        self.assertEqual(app.quit(), 0, app.output())

    def test_second_writer(self):
        self.store()
        owner = subprocess.Popen([os.environ['TIDEMARK_CLI'], 'run', self.workspace, '--json'], stdout=subprocess.PIPE)
        self.addCleanup(owner.stdout.close)
        owner.stdout.readline()
        app = self.shows('Opened elsewhere', ['lose'])
        owner.send_signal(signal.SIGTERM)
        self.assertEqual(owner.wait(timeout=60), 0)
        app.find('push button', 'Try again').click()
        app.find('panel', 'Events')
        self.assertEqual(app.quit(), 0, app.output())

    def test_mistake_in_the_file(self):
        self.make('\n[field shop.note]\ntype=text\npattern=[a-\n')
        app = self.start('--workspace', self.workspace)
        app.find('label', lambda name: name.startswith('workspace.conf:') and 'pattern' in name)
        app.find('label', 'No Stream Yet')  # what is sound is open
        self.picture(app, 'mistake')
        self.assertEqual(app.quit(), 0, app.output())

    def test_not_a_workspace_file(self):
        self.write_workspace('no section here\n')
        app = self.start('--workspace', self.workspace)
        app.find('label', lambda name: 'workspace.conf:1' in name)
        self.picture(app, 'syntax')
        self.assertEqual(app.quit(), 0, app.output())

    def test_full_disk(self):
        """On a file system of 3 MB; room is made while it is open."""
        if subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False).returncode != 0:
            self.skipTest('no right to mount a small file system')
        os.mkdir(self.workspace)
        script = os.path.join(self.tmp, 'on-small-disk')
        with open(script, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\nset -e\nmount -t tmpfs -o size=3m none "$TIDEMARK_WS"\n"$TIDEMARK_CLI" init '
                       '"$TIDEMARK_WS" --demo >&2\nsed -i "s/^part=.*/&\\nrate=3000/" "$TIDEMARK_WS/workspace.conf"\n'
                       'exec "$TIDEMARK_APP" --workspace "$TIDEMARK_WS"\n')
        app = self.start('-m', 'sh', script, program='unshare', env={'TIDEMARK_WS': self.workspace})
        app.find('label', lambda name: 'disk' in name and 'full' in name, deadline=120)
        self.picture(app, 'full-disk')
        subprocess.run(['nsenter', '-t', str(app.process.pid), '-m', 'mount', '-o', 'remount,size=500m',
                        self.workspace], check=True)
        app.wait_gone('label', lambda name: 'disk' in name and 'full' in name)
        self.assertEqual(app.quit(), 0, app.output())

    def test_quarantine(self):
        self.make()
        with open(os.path.join(self.workspace, 'events.ndjson'), 'a', encoding='utf-8') as file:
            file.write('{"id":"many"}\n{"id":\n')
        app = self.start('--workspace', self.workspace)
        app.find('push button', 'Quarantine 2').click()
        cell = app.find('label', lambda name: 'id' in name and 'many' in name)
        cell.point()
        app.find('text', 'Payload', where=lambda node: 'many' in node.text)
        self.picture(app, 'quarantine')
        app.find('push button', 'Events').click()
        app.find('label', '39')
        self.assertEqual(app.quit(), 0, app.output())


main()
