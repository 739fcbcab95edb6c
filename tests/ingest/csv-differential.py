#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tidemark's CSV reader against Python's csv in strict mode.

Usage: csv-differential.py PRINT-CSV. TIDE_TEST_SEED sets the seed.
Records, cells and what is refused must be the same. Where we differ, on purpose: a record must have as many cells as
the header, and a carriage return alone ends no record (it is not generated).
"""
import csv
import io
import os
import random
import subprocess
import sys
import time


def cell(r, delimiter):
    text = "".join(r.choice(["a", "bc", "é", "1.5", " ", "x" * 40]) for _ in range(r.choice([0, 1, 2, 4])))
    kind = r.random()
    if kind < 0.5:
        return text
    if kind < 0.9:
        extra = r.choice(["", '""', "\n", "\r\n", delimiter, '""""', "\n\n"])
        return '"' + text + extra + text[:2] + '"'
    # A quote that opens and is never closed would take the following records with it.
    return r.choice([(text or "t") + '"', 'x"y"', '"' + text + '"z', ' "' + text + '"'])


def expected(text, delimiter):
    """One record at a time, so that an error in one says nothing of the next."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return "-"
    if len(rows) != 1 or len(rows[0]) != 3:
        return "-"
    return rows[0]


def main():
    seed = int(os.environ.get("TIDE_TEST_SEED") or time.time_ns() % 2 ** 32)
    print("TAP version 13\n# seed", seed, flush=True)
    r = random.Random(seed)
    wrong = total = refused = 0
    for n in range(40):
        delimiter = r.choice(",;\t|")
        records = []
        for _ in range(200):
            cells = [cell(r, delimiter) for _ in range(3 if r.random() < 0.95 else r.choice([2, 4]))]
            if any(cells):
                records.append(delimiter.join(cells))
        text = "\ufeff" if n % 3 == 0 else ""
        text += delimiter.join(r.choice([["a", "b", "c"], ['"a"', "b", '"c"']]))
        for record in records:
            text += r.choice(["\n", "\r\n"]) + record
        text += r.choice(["", "\n"])
        piece = r.choice([1, 7, 64, 65536])
        done = subprocess.run([sys.argv[1], str(piece)], input=text.encode(), stdout=subprocess.PIPE)
        lines = done.stdout.decode().split("\n")[:-1]
        total += len(records)
        wrong += abs(len(lines) - len(records)) + (done.returncode != 0)
        for record, line in zip(records, lines):
            want = expected(record, delimiter)
            got = "-" if line == "-" else [bytes.fromhex(c.strip("~")).decode()
                                           for c in line.replace("~", "=~")[1:].split("=")]
            refused += want == "-"
            if want != got:
                wrong += 1
                if wrong < 5:
                    print("#", repr(record), "want", want, "got", got)
    print("ok" if wrong == 0 else "not ok", "1 - same as Python:", total - wrong, "of", total)
    print("ok" if total / 50 < refused < total / 2 else "not ok", "2 - some are malformed:", refused)
    print("1..2")
    return 0 if wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
