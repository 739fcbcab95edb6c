#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up meson's test logs: every case of a program that speaks TAP, one for any other. A program that fails
without a failing case of its own (a crash, a time-out) counts as one failure. The end of what each failing one said
comes last but for the totals, where it is found.

usage: count-results.py [--skipped SUITE:REASON]... TESTLOG.json...     prints "N passed, N failed[, N skipped]"
"""
import json
import re
import sys

LINES = 60  # of each failing program's output
CASE = re.compile(r'^\s*(not )?ok\b[^#]*(#\s*SKIP\b.*)?', re.IGNORECASE)


def count(line):
    test = json.loads(line)
    passed = failed = skipped = 0
    tap = 'TAP version' in test.get('stdout', '') or re.search(r'^1\.\.\d', test.get('stdout', ''), re.M)
    for text in test.get('stdout', '').splitlines() if tap else []:
        match = CASE.match(text)
        if not match:
            continue
        if match[2]:
            skipped += 1
            print(f"skipped: {test['name']}: {text.strip()}")
        elif match[1]:
            failed += 1
        else:
            passed += 1
    if test['result'] in ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT') and failed == 0:
        failed += 1
        print(f"failed: {test['name']}: {test['result']}")
    elif test['result'] == 'SKIP' and skipped == 0:
        skipped += 1
        print(f"skipped: {test['name']}: " + ' '.join(test.get('stdout', '').split())[-200:])
    elif passed + failed + skipped == 0:
        passed += 1
    return passed, failed, skipped


def tell(test):
    print(f"--- {test['name']}: {test['result']}, {test['duration']:.0f} s: {' '.join(test['command'])}")
    for name in 'stdout', 'stderr':
        for text in test.get(name, '').splitlines()[-LINES:]:
            print(f'  {text[:1000]}')


def main(arguments):
    totals = [0, 0, 0]
    logs = []
    for argument in arguments:
        if argument.startswith('--skipped='):
            print('skipped: ' + argument[len('--skipped='):])
            totals[2] += 1
        elif argument.startswith('--failed='):
            print('failed: ' + argument[len('--failed='):])
            totals[1] += 1
        else:
            logs.append(argument)
    for log in logs:
        with open(log, encoding='utf-8') as file:
            for line in file:
                counts = count(line)
                totals = [a + b for a, b in zip(totals, counts)]
                if counts[1]:
                    tell(json.loads(line))
    text = f'{totals[0]} passed, {totals[1]} failed'
    print(text + (f', {totals[2]} skipped' if totals[2] else ''))
    return 1 if totals[1] or not totals[0] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
