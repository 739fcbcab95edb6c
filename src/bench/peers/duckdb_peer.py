# SPDX-License-Identifier: GPL-3.0-or-later
# DuckDB on its own file, one thread.   load CSV FILE | aggregate FILE
# First line: CPU time of the query in µs, the best of three, and the bytes of the file. Then the answer.
import os
import sys
import time

import duckdb

COLUMNS = {'id': 'BIGINT', 'ts': 'BIGINT', 'type': 'VARCHAR', 'user': 'VARCHAR', 'city': 'VARCHAR',
           'amount': 'DECIMAL(18,2)', 'ms': 'BIGINT', 'ok': 'BOOLEAN'}


def prepare(connection):
    connection.execute('SET threads TO 1')
    connection.execute('SET enable_progress_bar=false')  # it goes to standard output when a query takes long


def load(source, path):
    connection = duckdb.connect(path)
    prepare(connection)
    connection.execute('CREATE TABLE events AS SELECT * FROM read_csv(?, header=false, auto_detect=false, columns=%r)'
                       % COLUMNS, [source])
    connection.execute('CHECKPOINT')
    connection.close()
    print(0, os.path.getsize(path))


def aggregate(path):
    connection = duckdb.connect(path, read_only=True)
    prepare(connection)
    best = None
    for _ in range(3):
        start = time.process_time()
        rows = connection.execute(
            'SELECT ts // 60000000, type, count(*), sum(amount) FROM events GROUP BY 1, 2').fetchall()
        took = time.process_time() - start
        best = took if best is None else min(best, took)
    print(int(best * 1e6), os.path.getsize(path))
    for minute, kind, count, amount in sorted(rows):
        print(minute, kind, count, int(amount * 100))


{'load': load, 'aggregate': aggregate}[sys.argv[1]](*sys.argv[2:])
