#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""po/POTFILES.in names each source with text to translate and no other, the template can be made of them, and every
language's file is sound: formats match, and it is of this project's strings."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'flow'))
from flow import main  # noqa: E402

SOURCE = os.environ['SOURCE']
MARKED_IN_C = re.compile(r'\b(?:[CN]_|NC_|_|n?gettext|g_d[np]?gettext2?) ?\(\s*"')
MARKED_IN_UI = re.compile(r'translatable="(?:yes|true|1)"')


def read(path):
    with open(os.path.join(SOURCE, path), encoding='utf-8') as file:
        return file.read()


def names(path):
    return [line.strip() for line in read(path).splitlines() if line.strip() and not line.startswith('#')]


def without_comments(text):
    return re.sub(r'/\*.*?\*/', '', text, flags=re.S)


def translatable():
    """Sources with marked text, as POTFILES.in names them."""
    def under(pattern):
        return sorted(os.path.relpath(path, SOURCE) for path in glob.glob(os.path.join(SOURCE, pattern), recursive=True))
    return ([path for path in under('data/*.desktop') + under('data/*.xml') if 'gresource' not in path]
            + [path for path in under('src/**/*.[ch]') if MARKED_IN_C.search(without_comments(read(path)))]
            + [path for path in under('ui/*.ui') if MARKED_IN_UI.search(read(path))])


class Translations(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.mkdtemp(prefix='tidemark-po-')
        self.addCleanup(shutil.rmtree, self.tmp)

    def test_every_source_is_listed(self):
        listed, wanted = names('po/POTFILES.in'), translatable()
        self.assertEqual(sorted(set(wanted) - set(listed)), [], 'not in po/POTFILES.in')
        self.assertEqual(sorted(set(listed) - set(wanted)), [], 'in po/POTFILES.in without text to translate')
        self.assertEqual(listed, sorted(listed), 'po/POTFILES.in is not sorted')

    def template(self):
        path = os.path.join(self.tmp, 'tidemark.pot')
        done = subprocess.run(
            ['xgettext', '--from-code=UTF-8', '--add-comments', '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2',
             '--keyword=NC_:1c,2', '--keyword=g_dngettext:2,3', '--flag=_:1:pass-c-format',
             '--files-from=' + os.path.join(SOURCE, 'po', 'POTFILES.in'), '--directory=' + SOURCE, '--output=' + path],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn('warning', done.stderr)
        return path

    def test_template(self):
        with open(self.template(), encoding='utf-8') as file:
            text = file.read()
        self.assertGreater(text.count('\nmsgid '), 100)
        # A format's macro ends the text that is extracted, and what is looked up is never found.
        self.assertEqual(re.findall(r'^(?:msgid )?".*[^0-9%]%"$', text, re.M), [])
        for path in names('po/POTFILES.in'):
            self.assertIn(path + ':', text, f'{path}: nothing was extracted')

    def test_languages(self):
        template = self.template()
        for language in names('po/LINGUAS'):
            path = os.path.join(SOURCE, 'po', language + '.po')
            checked = subprocess.run(['msgfmt', '--check', '--output-file=/dev/null', path], capture_output=True, text=True,
                                     check=False, timeout=60)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            merged = os.path.join(self.tmp, language + '.po')
            subprocess.run(['msgmerge', '--quiet', '--no-fuzzy-matching', '-o', merged, path, template], check=True,
                           timeout=60)
            done = subprocess.run(['msgfmt', '--check', '--statistics', '--output-file=/dev/null', merged], check=False,
                                  env=dict(os.environ, LC_ALL='C'), capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            print(f'# {language}: {done.stderr.strip()}')
            self.assertGreater(int(re.match(r'\d+', done.stderr)[0]), 100)


if __name__ == '__main__':
    main()
