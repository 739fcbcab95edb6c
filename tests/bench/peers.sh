#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the benchmarks measure themselves against: kcat, jq and sqlite3 from apt, DuckDB from the Python registry into an
# environment of its own in the cache. Tidemark installs none of them.
#
#   peers.sh install            once
#   peers.sh run CLI [WORD…]    starts a real Kafka broker, runs "CLI bench WORD…" beside all peers, stops it
set -eu

here=$(cd "$(dirname "$0")" && pwd)
python=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-tests/peers/bin/python

install() {
    sh "$here/../../data/install-packages.sh" test
    if ! "$python" -c 'import duckdb' 2>/dev/null; then
        python3 -m venv "${python%/bin/python}" || { echo "peers.sh: no venv: install python3-venv" >&2; exit 1; }
        "$python" -m pip install -q duckdb || { echo "peers.sh: pip could not install duckdb" >&2; exit 1; }
    fi
}

run() {
    cli=$1
    shift
    broker=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "sh '$here/../support/kafka.sh' stop '$broker'; rm -rf '$broker'" EXIT
    trap 'exit 143' TERM INT HUP
    sh "$here/../support/kafka.sh" start "$broker" >/dev/null
    brokers=$(sed -n 's/^plain=//p' "$broker/env")
    if [ -x "$python" ]; then export TIDEMARK_BENCH_PYTHON="$python"; fi
    "$cli" bench --brokers "$brokers" "$@"
}

case ${1:-}:${2:-} in
install:) install ;;
run:?*) shift; run "$@" ;;
*) echo "usage: $0 install | run CLI [WORD…]" >&2; exit 2 ;;
esac
