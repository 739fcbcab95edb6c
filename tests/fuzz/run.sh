#!/bin/sh
# Fuzzes each target for SECONDS (60 without it): sh tests/fuzz/run.sh [SECONDS [TARGET…]]
# Builds with clang, address and undefined sanitizers in a folder of its own ($BUILD, else build-fuzz). What is found
# grows in that folder's corpus/; an input that crashes is left there and named, and the exit status is 1.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build-fuzz}
seconds=${1:-60}
[ $# -gt 0 ] && shift
targets=${*:-block checks cron csv json position predicate workspace}
command -v clang-14 >/dev/null || { echo "clang-14 is missing: apt-get install clang-14 libclang-rt-14-dev"; exit 2; }
if [ ! -e "$build/build.ninja" ]; then
  CC=clang-14 CXX=clang++-14 meson setup "$build" "$top" -Dauto_features=disabled -Db_lundef=false \
    -Db_sanitize=address,undefined -Dc_args=-fsanitize=fuzzer-no-link -Dcpp_args=-fsanitize=fuzzer-no-link >/dev/null
fi
ninja -C "$build" fuzz >"$build/fuzz.log" 2>&1 || { tail -30 "$build/fuzz.log"; exit 1; }
status=0
for target in $targets; do
  mkdir -p "$build/corpus/$target"
  if G_SLICE=always-malloc UBSAN_OPTIONS=halt_on_error=1 "$build/tests/fuzz/fuzz-$target" \
      -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
      -artifact_prefix="$build/corpus/$target-crash-" \
      "$build/corpus/$target" "$top/tests/fuzz/corpus/$target" >"$build/corpus/$target.log" 2>&1; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/corpus/$target.log") runs, nothing found"
  else
    echo "$target: FOUND, see $build/corpus/$target.log"
    grep -E 'ERROR|does not hold|runtime error|Test unit written' "$build/corpus/$target.log" | head -5
    status=1
  fi
done
exit $status
