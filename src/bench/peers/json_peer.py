# SPDX-License-Identifier: GPL-3.0-or-later
# What a short Python program does: JSON lines from standard input into an SQLite table.   FILE
import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1])
connection.execute('PRAGMA journal_mode=WAL')
connection.execute('CREATE TABLE events (id, ts, type, user, city, amount, ms, ok)')
rows = []
for line in sys.stdin.buffer:
    event = json.loads(line)
    rows.append((event['id'], event['ts'], event['type'], event['user'], event['city'], event['amount'], event['ms'],
                 event['ok']))
    if len(rows) == 10000:
        connection.executemany('INSERT INTO events VALUES (?,?,?,?,?,?,?,?)', rows)
        connection.commit()
        rows = []
connection.executemany('INSERT INTO events VALUES (?,?,?,?,?,?,?,?)', rows)
connection.commit()
connection.close()
