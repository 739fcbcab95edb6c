#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and runs every test that apt can provide for; ends with "N passed, N failed".
# With CI set, warnings are errors and the unit tests run under the address and undefined sanitizers too.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${TIDEMARK_BUILD:-$top/build}
sh "$top/data/install-packages.sh" test

[ -e "$build/build.ninja" ] || meson setup "$build" "$top" ${CI:+-Dwerror=true} >/dev/null
ninja -C "$build" >"$build/compile.log" 2>&1 || { grep -B1 -A8 -E 'error|FAILED' "$build/compile.log"; echo "0 passed, 1 failed"; exit 1; }
meson test -C "$build" --no-rebuild --print-errorlogs || true
logs=$build/meson-logs/testlog.json

if [ -n "${CI:-}" ]; then
  asan=$build-address
  [ -e "$asan/build.ninja" ] || meson setup "$asan" "$top" -Db_sanitize=address,undefined -Db_lundef=false \
    -Dauto_features=disabled -Dwerror=true >/dev/null
  ninja -C "$asan" >"$asan/compile.log" 2>&1 || { tail -40 "$asan/compile.log"; echo "0 passed, 1 failed"; exit 1; }
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ASAN_OPTIONS=detect_leaks=1 \
    meson test -C "$asan" --no-rebuild --suite unit --timeout-multiplier 4 --print-errorlogs || true
  logs="$logs $asan/meson-logs/testlog.json"
fi
# shellcheck disable=SC2086
exec python3 "$top/tests/count-results.py" $logs
