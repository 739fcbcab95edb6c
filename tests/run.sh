#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and runs every test that apt can provide for; ends with "N passed, N failed".
# With CI set, warnings are errors, a real broker is fetched, and the unit and flow tests run under the address and
# undefined, and under the thread sanitizer too.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${TIDEMARK_BUILD:-$top/build}
began=$(date +%s)
took() { echo "$1: $(($(date +%s) - began)) s"; began=$(date +%s); }

sh "$top/data/install-packages.sh" test
[ -z "${CI:-}" ] || sh "$top/data/install-packages.sh" ci || echo "what needs these packages is skipped"
took "packages"
[ -e "$build/build.ninja" ] || log=$(meson setup "$build" "$top" ${CI:+-Dwerror=true} 2>&1) ||
  { echo "$log" | tail -20; echo "0 passed, 1 failed"; exit 1; }
ninja -C "$build" >"$build/compile.log" 2>&1 || { grep -B1 -A8 -E 'error|FAILED' "$build/compile.log"; echo "0 passed, 1 failed"; exit 1; }
took "build"
# The sanitizers' builds and tests fill the cores beside tests that mostly wait, and go on when those are done.
if [ -n "${CI:-}" ]; then
  (
    for kind in address thread; do
      TIDEMARK_BUILD=$build nice -n 10 sh "$top/tests/sanitize.sh" $kind || true
      took "$kind sanitizer"
    done
  ) >"$build/sanitizers.log" 2>&1 &
fi
meson test -C "$build" --no-rebuild --num-processes 4 --timeout-multiplier 4 || true
echo "$build/meson-logs/testlog.json" >"$build/counted"
took "tests"

counted=$build/counted
if [ -n "${CI:-}" ]; then
  wait
  cat "$build/sanitizers.log"
  took "the sanitizers' rest"
  counted="$counted $build-address/counted $build-thread/counted"
fi
# shellcheck disable=SC2086
cat $counted | xargs -d '\n' python3 "$top/tests/count-results.py"
