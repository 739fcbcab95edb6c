#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `meson install` puts where: every file that the desktop looks for, the names that tie them together, and that
the installed programs, translations and extension work from there."""
import configparser
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'flow'))
from flow import main  # noqa: E402

ID = 'io.github.tidemark.Tidemark'


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix='tidemark-install-')
        cls.addClassCleanup(shutil.rmtree, cls.root)
        subprocess.run(['meson', 'install', '-C', os.environ['BUILD'], '--no-rebuild', '--quiet'], check=True,
                       env=dict(os.environ, DESTDIR=cls.root), stdout=subprocess.DEVNULL, timeout=120)
        cls.prefix = cls.root + os.environ['PREFIX']

    def path(self, *words):
        path = os.path.join(self.prefix, *words)
        self.assertTrue(os.path.isfile(path), path)
        return path

    def run_cli(self, *words):
        done = subprocess.run([self.path('bin', 'tidemark-cli'), *words], capture_output=True, text=True, check=False,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_desktop_entry(self):
        entry = configparser.RawConfigParser()
        entry.optionxform = str
        entry.read(self.path('share', 'applications', ID + '.desktop'), encoding='utf-8')
        entry = entry['Desktop Entry']
        program = entry['Exec'].split()[0]
        self.assertTrue(os.access(self.path('bin', program), os.X_OK))
        self.assertEqual(entry['Icon'], ID)
        self.assertTrue(any(key.startswith('Comment[') for key in entry), 'the entry is not translated')

    def test_icons(self):
        for path in (f'scalable/apps/{ID}.svg', f'symbolic/apps/{ID}-symbolic.svg'):
            svg = ElementTree.parse(self.path('share', 'icons', 'hicolor', path)).getroot()
            self.assertEqual(svg.get('width'), svg.get('height'))

    def test_metainfo(self):
        info = ElementTree.parse(self.path('share', 'metainfo', ID + '.metainfo.xml')).getroot()
        self.assertEqual(info.findtext('id'), ID)
        self.assertEqual(info.findtext('launchable'), ID + '.desktop')
        version = self.run_cli('--version').split()[1]
        self.assertEqual(info.find('releases/release').get('version'), version)
        for binary in info.findall('provides/binary'):
            self.path('bin', binary.text)

    def test_settings(self):
        self.path('share', 'glib-2.0', 'schemas', ID + '.gschema.xml')
        subprocess.run(['glib-compile-schemas', '--strict', '--dry-run',
                        os.path.join(self.prefix, 'share', 'glib-2.0', 'schemas')], check=True, timeout=60)

    def test_translations(self):
        linguas = os.path.join(os.environ['SOURCE'], 'po', 'LINGUAS')
        with open(linguas, encoding='utf-8') as file:
            languages = [line.strip() for line in file if line.strip() and not line.startswith('#')]
        self.assertIn('de', languages)
        for language in languages:
            self.path('share', 'locale', language, 'LC_MESSAGES', 'tidemark.mo')

    def test_extension_in_the_shell(self):
        """The sqlite3 shell loads the installed extension and reads a workspace's streams."""
        shell = shutil.which('sqlite3')
        if shell is None:
            self.skipTest('no sqlite3 shell')
        extension = glob.glob(os.path.join(self.prefix, 'lib', '**', 'tidemark', 'tidemark.so'), recursive=True)
        self.assertEqual(len(extension), 1)
        workspace = os.path.join(self.root, 'ws')
        self.run_cli('init', workspace, '--demo')
        self.run_cli('run', workspace, '--for', '2')
        sql = 'SELECT count(*), max(_seq), count(DISTINCT city) FROM orders'
        ours = self.run_cli('sql', workspace, sql).splitlines()[1]
        done = subprocess.run([shell, '-csv', '-readonly', '-cmd', f'.load {extension[0]}',
                               os.path.join(workspace, 'tidemark.db'), sql], capture_output=True, text=True, check=False,
                              timeout=60)
        self.assertEqual(done.stderr, '')
        self.assertEqual(done.stdout.strip(), ours)
        self.assertGreater(int(ours.split(',')[0]), 0)


if __name__ == '__main__':
    main()
