#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# GLib and librdkafka rebuilt with the thread sanitizer from Debian's sources of the installed versions, once, into the
# cache. Prints the folder for LD_LIBRARY_PATH. With Debian's binaries the sanitizer does not see GMutex and crashes on
# C11 threads; a suppression that named GLib would hide races of ours, for a GLib frame is on every thread's stack.
# Exit status 77, with the reason on standard error: the sources can't be had here, and the run is skipped.
set -eu

glib=$(dpkg-query -W -f '${source:Package}=${source:Version}' libglib2.0-0)
rdkafka=$(dpkg-query -W -f '${source:Package}=${source:Version}' librdkafka1)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-tests
recipe=$(cksum <"$0" | cut -d ' ' -f 1)
libraries=$cache/thread-$(echo "$glib-$rdkafka-$recipe" | tr -c 'A-Za-z0-9.+~\n' -)

skip() { echo "thread-libraries.sh: $*" >&2; exit 77; }
fail() { echo "thread-libraries.sh: $*" >&2; exit 1; }

# Debian's repositories as they are set up here, for sources, in a list of our own: apt's own state stays as it is.
fetch_sources() {
  mkdir -p apt/lists/partial apt/archives/partial
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN) deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    sed -n 's/^Debian //p' | sort -u >apt/sources.list
  [ -s apt/sources.list ] || skip "apt knows no repository of Debian here"
  set -- -q -o "Dir::Etc::SourceList=$PWD/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o "Dir::State::Lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt" -o APT::Sandbox::User=root
  apt-get "$@" update >apt/log 2>&1 && apt-get "$@" source "$glib" "$rdkafka" >>apt/log 2>&1 ||
    skip "apt has no sources of $glib and $rdkafka: $(grep -m1 '^E:' apt/log || tail -1 apt/log)"
}

# Without GLib's asserts: those of g_time_zone_ref() and others read the reference count without its atomics.
build_glib() {
  meson setup build-glib glib2.0-*/ -Db_sanitize=thread -Db_lundef=false -Doptimization=1 -Dc_args=-g1 -Dtests=false \
    -Dglib_assert=false -Dxattr=false -Dnls=disabled -Dlibmount=disabled -Dselinux=disabled --prefix=/usr --libdir=lib/x86_64-linux-gnu
  meson compile -C build-glib gio-2.0:shared_library gthread-2.0:shared_library
}

build_rdkafka() {
  cd librdkafka-*/
  ./configure --disable-c11threads --disable-gssapi --CFLAGS='-fsanitize=thread -g1 -O1' --LDFLAGS=-fsanitize=thread
  make -C src -j "$(nproc)" librdkafka.so.1
}

build() {
  fetch_sources
  build_glib >glib.log 2>&1 || fail "GLib could not be built, see $PWD/glib.log"
  (build_rdkafka) >rdkafka.log 2>&1 || fail "librdkafka could not be built, see $PWD/rdkafka.log"
  mkdir lib
  for name in glib gobject gmodule gthread gio; do
    cp -L "build-glib/$name/lib$name-2.0.so.0" lib/
  done
  cp -L librdkafka-*/src/librdkafka.so.1 lib/
}

mkdir -p "$cache"
exec 9>"$cache/lock-thread"
flock 9
if [ ! -e "$libraries/libgio-2.0.so.0" ]; then
  partial=$cache/partial-thread
  rm -rf "$partial" "$libraries"
  mkdir -p "$partial"
  (cd "$partial" && build) || { status=$?; [ $status -ne 77 ] || rm -rf "$partial"; exit $status; }
  mv "$partial/lib" "$libraries"
  rm -rf "$partial"
fi
echo "$libraries"
