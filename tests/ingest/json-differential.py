#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tidemark's JSON reader against Python's json, over well-formed and malformed documents.

Usage: json-differential.py PRINT-JSON. TIDE_TEST_SEED sets the seed, TIDE_TEST_DOCUMENTS how many.
What is accepted must be the same, and every member and value as well. Where we differ, on purpose:
- NaN and Infinity are no JSON: refused.
- An escape for half of a surrogate pair alone ("\\ud800") is no Unicode text: refused.
- Of duplicate keys the first counts (Python: the last).
- A document must be an object, and nested at most 512 deep (Python: about 1,000).
"""
import json
import os
import random
import struct
import subprocess
import sys
import time

PATHS = [["a"], ["b"], ["c", "d"], ["c", "e", "f"], ["c"], ['key "q" \\'], ["é"],
         ["a-key-that-is-longer-than-sixteen"]]
DEEP = 16


class Number(str):
    pass


class Pairs(list):
    pass


def refuse(name):
    raise ValueError(name)


def depth_of(value):
    deepest, todo = 0, [(value, 0)]
    while todo:
        v, depth = todo.pop()
        if isinstance(v, (Pairs, list)):
            deepest = max(deepest, depth + 1)
            items = [x for _, x in v] if isinstance(v, Pairs) else v
            todo.extend((x, depth + 1) for x in items)
    return deepest


def has_surrogate(value):
    todo = [value]
    while todo:
        v = todo.pop()
        if isinstance(v, Number):
            continue
        if isinstance(v, str):
            if any(0xd800 <= ord(c) < 0xe000 for c in v):
                return True
        elif isinstance(v, Pairs):
            for k, x in v:
                todo += [k, x]
        elif isinstance(v, list):
            todo += v
    return False


def shown(value):
    if value is None:
        return "z"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, Number):
        return "n" + value.encode().hex()
    if isinstance(value, str):
        return "s" + value.encode().hex()
    return "o" if isinstance(value, Pairs) else "a"


def first(pairs, key):
    for k, v in pairs:
        if k == key:
            return v, True
    return None, False


def at_path(value, path):
    for key in path:
        if not isinstance(value, Pairs):
            return "m"
        value, found = first(value, key)
        if not found:
            return "m"
    return shown(value)


def known_tree():
    tree = {}
    for path in PATHS:
        node = tree
        for key in path:
            node = node.setdefault(key, {})
    return tree


def others(pairs, tree, prefix, depth, out):
    seen = set()
    for key, value in pairs:
        path = prefix + "." + key if prefix else key
        if key in tree:
            if key not in seen and isinstance(value, Pairs) and tree[key]:
                others(value, tree[key], path, depth + 1, out)
            seen.add(key)
        elif "." in key:
            continue  # no dotted path could name it
        elif isinstance(value, Pairs) and value and depth + 1 < DEEP:
            others(value, {}, path, depth + 1, out)
        else:
            out.append(path.encode().hex() + "=" + shown(value) + " ")


def expected(document):
    try:
        text = document.decode("utf-8")
        value = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse,
                           object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        return "-"
    if not isinstance(value, Pairs) or has_surrogate(value) or depth_of(value) > 512:
        return "-"
    out = []
    others(value, known_tree(), "", 0, out)
    return " ".join(at_path(value, p) for p in PATHS) + " | " + "".join(out)


def space(r):
    return "".join(r.choice(" \t\n\r") for _ in range(r.choice([0, 0, 0, 0, 1, 1, 2, 70])))


CHARS = "abcxyz019 _-.,:{}[]é€😀\u007f\u2028/'"


def string(r, text=None):
    if text is None:
        text = "".join(r.choice(CHARS) for _ in range(r.choice([0, 1, 3, 8, 15, 16, 17, 40, 140])))
    out = '"'
    for c in text:
        if c == '"' or c == "\\":
            out += "\\" + c
        elif r.random() < 0.04:
            out += "".join("\\u%04x" % u if r.random() < .5 else "\\u%04X" % u
                           for u in struct.unpack("<%dH" % (len(c.encode("utf-16-le")) // 2), c.encode("utf-16-le")))
        else:
            out += c
        if r.random() < 0.02:
            out += r.choice(["\\n", "\\t", "\\/", "\\b", "\\f", "\\r", '\\"', "\\\\", "\\u0000"])
    return out + '"'


def number(r):
    return r.choice([
        lambda: str(r.randint(-100, 100)), lambda: str(r.randint(-10 ** 19, 10 ** 19)), lambda: str(10 ** 40 + 7),
        lambda: repr(r.random()), lambda: "%.2f" % r.uniform(-1000, 1000), lambda: "-0", lambda: "0.10",
        lambda: "1e5", lambda: "1.5E-30", lambda: "2e+400", lambda: "-0.0e0"])()


def value(r, depth):
    kind = r.random()
    if depth < 6 and kind < 0.15:
        return obj(r, depth + 1)
    if depth < 6 and kind < 0.25:
        return "[" + space(r) + ",".join(space(r) + value(r, depth + 1) + space(r)
                                         for _ in range(r.choice([0, 1, 2, 5]))) + "]"
    if kind < 0.55:
        return string(r)
    if kind < 0.85:
        return number(r)
    return r.choice(["true", "false", "null"])


KEYS = ["a", "b", "c", "d", "e", "f", 'key "q" \\', "é", "x", "", "a-key-that-is-longer-than-sixteen", "c.d"]


def obj(r, depth=0):
    members = []
    for _ in range(r.choice([0, 1, 2, 3, 5, 9])):
        key = string(r, r.choice(KEYS)) if r.random() < 0.85 else string(r)
        members.append(space(r) + key + space(r) + ":" + space(r) + value(r, depth) + space(r))
    return "{" + (",".join(members) or space(r)) + "}"


def mutate(r, document):
    b = bytearray(document)
    for _ in range(r.choice([1, 1, 1, 2, 3])):
        at = r.randrange(len(b) + 1)
        kind = r.randrange(6)
        if kind == 0 and b:
            del b[at % len(b)]
        elif kind == 1:
            b[at:at] = r.choice([b",", b":", b"{", b"}", b"[", b"]", b'"', b"\\", b"0", b"-", b".", b"e", b"\x00",
                                 b"\x0c", b"\x1a", b"\xff", b"\x80", b"\xed\xa0\x80", b"\n", b"nul", b"NaN", b"//"])
        elif kind == 2 and b:
            b[at % len(b)] = r.randrange(256)
        elif kind == 3:
            del b[at:]
        elif kind == 4 and b:
            end = min(len(b), at + r.randrange(8))
            b[at:at] = b[at:end]
        elif b:
            del b[at:at + r.randrange(6)]
    return bytes(b)


FIXED = [
    b"", b" ", b"\n", b"{}", b" {} ", b"{} {}", b'{"a":1}{"a":2}', b'{"a":1,}', b'{,"a":1}', b'{"a":1,"b":nonsense}',
    b'{"a":{]},"b":2}', b'{"a":[}]}', b'{"a" 1}', b'{"a"::1}', b'{"a":}', b'{"a"}', b'{a:1}', b"{'a':1}", b'{"a":1',
    b'{"a":"x}', b'{"a":"x"y}', b'{"a":"x""y"}', b'{"a":1"x"}', b'{"a":01}', b'{"a":-}', b'{"a":1.}', b'{"a":.5}',
    b'{"a":1e}', b'{"a":+1}', b'{"a":1 2}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":tru}',
    b'{"a":truex}', b'{"a":true x}', b'{"a":nulll}', b'{"a":"\\ud800"}', b'{"a":"\\udc00\\ud800"}',
    b'{"a":"\\ud83d\\ude00"}', b'{"\\u0061":7}', b'{"\\u0063":{"\\u0064":7}}', b'{"a":"\\x"}', b'{"a":"\\u12"}',
    b'{"a":"\\u12g4"}', b'{"a":"tab\there"}', b'{"a":"nul\x00"}', b'\xef\xbb\xbf{"a":1}', b'{"a":"\xff"}',
    b'{"a":"\xc0\x80"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xf4\x90\x80\x80"}', b'{"a":123456789012345678901234567890}',
    b'{"x":123456789012345678901234567890,"b":1}', b'{"a":1}\x00', b'{"a":1}\x0c', b'\x0c{"a":1}', b'{"a"\x1a1}',
    b'{"a":1\x0c"b":2}', b"[]", b"[1]", b"1", b'"a"', b"null", b"true", b'{"a":1,"a":2}', b'{"c":null,"c":{"d":1}}',
    b'{"c":{},"c":{"d":1}}', b'{"c":{"d":1,"d":2},"c":{"d":3}}', b'{"c":5}', b'{"c":[{"d":1}]}', b'{"c":{"e":{}}}',
    b'{"a":/*x*/1}', b'{"a":1}//', b'{"a":"\\"}', b'{"a":"\\\\"}', b'{"\\\\":1}', b'{"":1,"":2}',
    b'{"x":' + b"[" * 511 + b"]" * 511 + b"}", b'{"x":' + b"[" * 512 + b"]" * 512 + b"}",
    b'{"x":' * 512 + b"1" + b"}" * 512, b'{"x":' * 513 + b"1" + b"}" * 513, b"[" * 100000, b'{"x":' * 100000,
    b'{"a":"' + b"x" * 3000000 + b'"}', b'{"a":"' + b"x" * 100 + b'"}', b'{"a":1' + b" " * 5000 + b"}",
]


def main():
    seed = int(os.environ.get("TIDE_TEST_SEED") or time.time_ns() % 2 ** 32)
    count = int(os.environ.get("TIDE_TEST_DOCUMENTS") or 6000)
    print("TAP version 13\n# seed", seed, flush=True)
    r = random.Random(seed)
    documents = list(FIXED)
    layout = obj(r)
    for i in range(count):
        # Mostly the same keys in the same order, as a stream has them.
        if i % 4 == 0:
            layout = obj(r)
        document = layout.encode()
        documents.append(document if r.random() < 0.3 else mutate(r, document))
    data = b"".join(struct.pack("<I", len(d)) + d for d in documents)
    done = subprocess.run([sys.argv[1]], input=data, stdout=subprocess.PIPE)
    lines = done.stdout.decode().split("\n")[:-1]
    ok = done.returncode == 0 and len(lines) == len(documents)
    print("ok" if ok else "not ok", "1 - reads", len(documents), "documents")
    wrong = accepted = 0
    for document, line in zip(documents, lines):
        want = expected(document)
        accepted += want != "-"
        if line != want:
            wrong += 1
            if wrong <= 5:
                print("#", repr(document[:300]), "\n#   want", want[:300], "\n#   got ", line[:300])
    print("ok" if wrong == 0 else "not ok", "2 - same as Python:", len(documents) - wrong, "of", len(documents))
    enough = count // 8 < accepted < len(documents) - count // 8
    print("ok" if enough else "not ok", "3 - both kinds are there:", accepted, "well-formed")
    print("1..3")
    return 0 if ok and wrong == 0 and enough else 1


if __name__ == "__main__":
    sys.exit(main())
