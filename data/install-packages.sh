#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing of data/packages through apt. usage: install-packages.sh build|test|ci (each with what the former need)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in
build) kinds=build ;;
test) kinds='build|test' ;;
ci) kinds='build|test|ci' ;;
*) echo "usage: install-packages.sh build|test|ci" >&2; exit 2 ;;
esac
wanted=$(awk -v kinds="^($kinds)$" '!/^#/ && $2 ~ kinds {print $1}' "$here/packages")
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
