#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A picture of the window on a virtual display. usage: take-picture.sh APP WORKSPACE FILE.png
set -eu
app=$1 workspace=$2 file=$3
export GSK_RENDERER=cairo GDK_BACKEND=x11 NO_AT_BRIDGE=1
export GSETTINGS_BACKEND=memory
# The window is waited for by name; its charts are there once a second of live data was drawn, so the picture is taken
# when two pictures in a row hold more than a bare frame.
exec xvfb-run -a -s "-screen 0 1400x900x24" dbus-run-session -- sh -c '
  "$1" --workspace "$2" >/dev/null 2>&1 &
  pid=$!
  n=0
  while [ $n -lt 60 ]; do
    import -window root "$3" 2>/dev/null || true
    colors=$(identify -format %k "$3" 2>/dev/null || echo 0)
    [ "$colors" -gt 400 ] && n=$((n + 10)) || n=$((n + 1))
    kill -0 $pid 2>/dev/null || { echo "the window did not open" >&2; exit 1; }
    sleep 0.5
  done
  kill $pid
  wait $pid 2>/dev/null || true
' sh "$app" "$workspace" "$file"
