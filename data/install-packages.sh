#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing of data/packages through apt. usage: install-packages.sh build|test
set -eu
here=$(cd "$(dirname "$0")" && pwd)
wanted=$(awk -v kind="$1" '!/^#/ && NF && ($2 == "build" || kind == "test") {print $1}' "$here/packages")
missing=
for package in $wanted; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install as root, then run this again: apt-get install$missing" >&2; exit 1; }
  sudo=sudo
fi
$sudo apt-get update -q >/dev/null
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing >/dev/null
