#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The unit and flow suites under a sanitizer, in a build of their own; ends with "N passed, N failed[, N skipped]".
#
# usage: sanitize.sh address|thread [TEST…]     address: with undefined behaviour and leaks
#
# Reports go to files and not to standard error, so that one from a process that a test kills, or whose exit status and
# output it does not look at, fails the run all the same. BUILD/counted names what tests/count-results.py adds up.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
kind=${1:?usage: sanitize.sh address|thread [TEST…]}
shift
build=${TIDEMARK_BUILD:-$top/build}-$kind
reports=$build/reports
rm -rf "$reports"
mkdir -p "$reports"
: >"$build/counted"

finish() {
  xargs -d '\n' -a "$build/counted" python3 "$top/tests/count-results.py"
  exit
}

# Programs are some ten times slower here, so tests of the whole pipeline have less to do; TIDEMARK_TESTS=long undoes that.
export TIDEMARK_TESTS="${TIDEMARK_TESTS:-short}"
# No modules of GIO that Debian built (dconf, proxies): the sanitizers don't see into their threads.
export GIO_MODULE_DIR=$build GSETTINGS_BACKEND=memory
# GLib's own allocator of slices would hide what is freed too early, and reads its counters without their lock.
export G_SLICE=always-malloc
common=log_path=$reports/report:print_stacktrace=1
case $kind in
address)
  sanitize=address,undefined
  # A leak's stack ends at a library without frame pointers; ASAN_OPTIONS=fast_unwind_on_malloc=0 shows all of it, at ten
  # times the cost.
  export ASAN_OPTIONS="$common:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:${ASAN_OPTIONS:-}"
  export UBSAN_OPTIONS="$common:halt_on_error=1"
  ;;
thread)
  sanitize=thread
  libraries=$(sh "$top/tests/support/thread-libraries.sh" 2>"$build/libraries.log") || {
    [ $? -eq 77 ] && word=skipped || word=failed
    echo "--$word=thread sanitizer: $(tail -1 "$build/libraries.log")" >"$build/counted"
    finish
  }
  export TSAN_OPTIONS="$common:second_deadlock_stack=1:history_size=4"
  ;;
*) echo "usage: sanitize.sh address|thread [TEST…]" >&2; exit 2 ;;
esac

[ -e "$build/build.ninja" ] || meson setup "$build" "$top" -Db_sanitize=$sanitize -Db_lundef=false \
  -Doptimization=1 -Dc_args=-g1 -Dcpp_args=-g1 -Dauto_features=disabled -Dwerror=true >"$build/setup.log" 2>&1 || cat "$build/setup.log"
ninja -C "$build" >"$build/compile.log" 2>&1 || {
  grep -B1 -A8 -E 'error|FAILED' "$build/compile.log" || tail -20 "$build/compile.log"
  echo "--failed=$kind sanitizer: the build" >"$build/counted"
  finish
}
export LD_LIBRARY_PATH="${libraries:+$libraries:}${LD_LIBRARY_PATH:-}"
# shellcheck disable=SC2086
meson test -C "$build" --no-rebuild --suite unit --suite flow --timeout-multiplier 10 --num-processes 4 "$@" || true
echo "$build/meson-logs/testlog.json" >"$build/counted"
for report in "$reports"/*; do
  [ -s "$report" ] || continue
  cat "$report"
  echo "--failed=$kind sanitizer: $(grep -m1 -E 'ERROR|WARNING|runtime error|SUMMARY' "$report" || echo "$report")" >>"$build/counted"
done
finish
