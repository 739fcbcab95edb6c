#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-layers accepts the tree as it is and catches each kind of violation in a copy of it."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.join(HERE, '..', 'src')


def run(src):
    done = subprocess.run([sys.executable, os.path.join(HERE, 'check-layers'), src],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.mkdtemp()
        self.src = os.path.join(self.tmp, 'src')
        shutil.copytree(SRC, self.src)

    def tearDown(self):
        shutil.rmtree(self.tmp)

    def plant(self, path, text):
        with open(os.path.join(self.src, path), 'a', encoding='utf-8') as file:
            file.write(text + '\n')

    def test_tree_is_clean(self):
        self.assertEqual(run(SRC), (0, ''))

    def test_upward_include_is_caught(self):
        self.plant('model/model-base.c', '#include "store.h"')
        status, out = run(self.src)
        self.assertEqual(status, 1)
        self.assertIn('model/ may not use store/', out)

    def test_gtk_in_the_core_is_caught(self):
        self.plant('model/model-base.c', '#include <gtk/gtk.h>')
        self.assertIn('only app/ may include gtk/gtk.h', run(self.src)[1])

    def test_private_header_is_caught(self):
        self.plant('state/state.h', '#include "model-base.h"')
        self.assertIn('the public header', run(self.src)[1])

    def test_folder_without_a_row_is_caught(self):
        os.mkdir(os.path.join(self.src, 'common'))
        self.assertIn('common/ is not in the table', run(self.src)[1])


if __name__ == '__main__':
    unittest.main()
