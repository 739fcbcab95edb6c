#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Analyses: run, edit, save and undo, compare versions, cancel what loops, a new analysis, and closing with changes."""
import csv
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402

WORKSPACE = '''[workspace]
version=1
name=Test

[source orders]
kind=file
path=orders.ndjson
follow=false
stream=orders

[stream orders]
format=json
time=at

[field orders.at]
type=time

[field orders.city]
type=text

[field orders.amount]
type=decimal(2)

[analysis by-city]
title=By city
retries=0
'''
CITIES = ('Berlin', 'Bonn', 'Kiel')
SQL = 'SELECT city, sum(amount) AS revenue FROM orders GROUP BY city'
LOOP = 'WITH RECURSIVE t(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM t) SELECT max(i) FROM t'


class Analyses(UiTest):
    def setUp(self):
        super().setUp()
        self.write_workspace(WORKSPACE)
        with open(os.path.join(self.workspace, 'orders.ndjson'), 'w', encoding='utf-8') as file:
            for i in range(300):
                file.write(json.dumps({'at': f'2026-11-01T10:{i // 60:02}:{i % 60:02}Z', 'city': CITIES[i % 3],
                                       'amount': i + 0.25}) + '\n')
        os.makedirs(os.path.join(self.workspace, 'analyses'))
        self.write_sql(SQL)

    def write_sql(self, text, name='by-city'):
        with open(os.path.join(self.workspace, 'analyses', name + '.sql'), 'w', encoding='utf-8') as file:
            file.write(text)

    def read_sql(self, name='by-city'):
        with open(os.path.join(self.workspace, 'analyses', name + '.sql'), encoding='utf-8') as file:
            return file.read()

    def query(self, sql):
        return list(csv.reader(self.cli('sql', self.workspace, sql).splitlines()))[1:]

    def is_stored(self):
        """A stream is a table from its first event on."""
        done = self.cli('sql', self.workspace, 'SELECT count(*) FROM orders', check=False)
        return done.stdout.split() == ['count(*)', '300']

    def open_pane(self):
        app = self.start('--workspace', self.workspace)
        app.find('list item', 'Live')
        app.until(self.is_stored, 'the events are not stored')
        app.show_pane(4, 'Analyses')
        app.find('label', 'By city')
        return app

    def edit(self, app, sql):
        """Types @sql over what is there."""
        view = app.find('text', 'SQL of the analysis')
        view.point()
        app.key('ctrl+a')
        app.type(sql)
        app.until(lambda: view.text == sql, 'the SQL is not what was typed')

    def export(self, app, name):
        path = os.path.join(self.tmp, name + '.csv')
        app.key('ctrl+e')
        chooser = app.find('filler', 'Export as CSV')
        chooser.find('text', 'Name:').set_text(path)
        chooser.find('push button', lambda n: n.endswith('Export')).click()
        app.until(lambda: os.path.exists(path), 'nothing was exported')
        app.wait_gone('filler', 'Export as CSV')
        with open(path, newline='', encoding='utf-8') as file:
            return list(csv.reader(file))

    def last_run(self):
        rows = self.query('SELECT status, error FROM run ORDER BY id DESC LIMIT 1')
        return rows[0] if rows else ['', '']

    def test_run_edit_and_compare(self):
        app = self.open_pane()
        app.find('label', 'Valid. Reads 2 fields of orders')
        app.find('push button', 'Run now').click()
        app.find('label', '3 rows')
        self.assertEqual(self.query('SELECT city, revenue FROM "by-city" ORDER BY city')[0], ['Berlin', '14875'])

        # What is wrong is said while it is typed, and what would write is refused.
        self.edit(app, 'SELECT nosuch FROM orders')
        app.find('label', re.compile('^line 1, column 8: no such column: nosuch'))
        self.edit(app, 'DELETE FROM orders')
        app.find('label', 'table orders may not be modified: here SQL only reads: SELECT, WITH, VALUES or EXPLAIN')

        # Saved by Ctrl+S; undone from the toast.
        changed = SQL.replace('sum(amount)', 'sum(amount) + (city = \'Kiel\')')
        self.edit(app, changed)
        app.find('label', 'analyses/by-city.sql · changed')
        self.assertEqual(self.read_sql(), SQL)
        app.key('ctrl+s')
        app.until(lambda: self.read_sql() == changed, 'it was not saved')
        app.find('push button', 'Undo').click()
        app.until(lambda: self.read_sql() == SQL, 'the saving was not undone')

        # Running saves first; the versions are compared.
        self.edit(app, changed)
        app.find('push button', 'Run now').click()
        app.find('label', '1 of 3 rows differ')
        app.find('label', '0 new, 1 changed, 0 gone')
        self.assertEqual(self.read_sql(), changed)

        # What is exported is what is shown: the difference, and with All rows every row.
        self.assertEqual(self.export(app, 'difference'),
                         [['change', 'city', 'revenue', 'revenue version 1'], ['changed', 'Kiel', '15076', '15075']])
        app.find('check box', 'All rows').click()
        app.until(lambda: app.find('check box', 'All rows').has('checked'), 'All rows is not checked')
        self.assertEqual([row[:2] for row in self.export(app, 'all')[1:]],
                         [['same', 'Berlin'], ['same', 'Bonn'], ['changed', 'Kiel']])
        self.assertEqual(app.quit(), 0, app.output())

    def test_cancel_a_loop(self):
        self.write_sql(LOOP)
        app = self.open_pane()
        app.find('push button', 'Run now').click()
        app.find('push button', 'Cancel').click()
        app.find('label', 'Cancelled')
        self.assertEqual(self.last_run()[0], 'cancelled')
        self.assertEqual(app.quit(), 0, app.output())

    def test_deadline_of_a_loop(self):
        self.write_workspace(WORKSPACE + 'timeout=2s\n')
        self.write_sql(LOOP)
        app = self.open_pane()
        app.find('push button', 'Run now').click()
        app.find('label', re.compile('^Failed .*stopped after 2.* its time limit'))
        app.find('label', 'Failed 1')
        self.assertEqual(self.last_run()[0], 'failed')
        self.assertEqual(app.quit(), 0, app.output())

    def test_new(self):
        app = self.open_pane()
        app.find('push button', 'New analysis').click()
        app.find('text', 'Title').set_text('Orders by hour')
        app.find('push button', 'Create').click()
        app.find('label', 'Orders by hour')
        app.find('label', 'analyses/orders-by-hour.sql')
        self.assertIn('[analysis orders-by-hour]', self.read_workspace())
        self.assertIn('FROM "orders"', self.read_sql('orders-by-hour'))
        app.find('push button', 'Schedule…').click()
        app.find('push button', 'Remove Analysis').click()
        undo = app.find('push button', 'Undo')
        self.assertNotIn('orders-by-hour', self.read_workspace())
        undo.click()
        app.until(lambda: '[analysis orders-by-hour]' in self.read_workspace(), 'the removal was not undone')
        app.find('label', 'Orders by hour')
        self.assertEqual(app.quit(), 0, app.output())

    def test_close_with_changes(self):
        app = self.open_pane()
        app.find('label', 'Valid. Reads 2 fields of orders')
        self.edit(app, 'SELECT 1 AS one')
        app.find(None, re.compile('^Workspace')).click()
        app.find('menu item', 'Close Workspace').click()
        app.find('label', 'Save Changed SQL?')
        app.until(lambda: len(app.all('push button', 'Cancel')) > 0, 'the dialog has no Cancel')
        app.all('push button', 'Cancel')[-1].click()
        app.wait_gone('label', 'Save Changed SQL?')
        app.key('ctrl+q')
        app.find('label', 'Save Changed SQL?')
        self.assertEqual(self.read_sql(), SQL)
        app.until(lambda: len(app.all('push button', 'Save')) > 1, 'the dialog has no Save')
        app.all('push button', 'Save')[-1].click()
        self.assertEqual(app.wait_ended(), 0, app.output())
        self.assertEqual(self.read_sql(), 'SELECT 1 AS one')


main()
