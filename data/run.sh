#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and starts Tidemark on its demo. Without a display: the same pipeline for 20 s, a
# merged report as CSV, and a picture of the window taken on a virtual display.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${TIDEMARK_BUILD:-$top/build}
sh "$top/data/install-packages.sh" build

[ -e "$build/build.ninja" ] || log=$(meson setup "$build" "$top" 2>&1) || { echo "$log" | tail -20; exit 1; }
ninja -C "$build" >"$build/compile.log" 2>&1 || { tail -40 "$build/compile.log"; exit 1; }
cli=$build/src/cli/tidemark-cli
app=$build/src/app/tidemark
export GSETTINGS_SCHEMA_DIR="$build/data"

if [ -n "${WAYLAND_DISPLAY:-}${DISPLAY:-}" ]; then
  exec "$app" --demo
fi

out=${TIDEMARK_OUT:-$build/demo}
rm -rf "$out"
mkdir -p "$out"
"$cli" init "$out/workspace" --demo >/dev/null
"$cli" run "$out/workspace" --for 20
"$cli" batch "$out/workspace"
"$cli" export "$out/workspace" overview --output "$out/report.csv"
head -5 "$out/report.csv"
echo "report: $out/report.csv ($(wc -l <"$out/report.csv") lines)"
if [ -x "$app" ]; then
  sh "$top/data/take-picture.sh" "$app" "$out/workspace" "$out/window.png"
  echo "picture: $out/window.png"
fi
