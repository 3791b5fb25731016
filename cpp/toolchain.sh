#!/bin/bash
# cpp/toolchain.sh COMMAND...: runs a command that finds emcc, em++, emcmake and cmake.
#
# Your own Emscripten is used when it is on PATH or in EMSDK and new enough. Otherwise Debian's is
# put into build/toolchain once, a small Debian of its own that changes nothing outside this folder.
# The command runs in there with the project at its usual path, so that paths mean the same.
set -euo pipefail

# The first with the final opcodes of relaxed SIMD, EMBIND_AOT and argument names in declarations.
oldest=3.1.69

project=$(cd "$(dirname "$0")/.." && pwd)
toolchain=$project/build/toolchain

say() { echo "toolchain: $*" >&2; }

give_up() {
  say "no Emscripten $oldest or newer, and none could be made here: $1"
  say "install it from https://emscripten.org/docs/getting_started/downloads.html, then run"
  say "'source emsdk_env.sh' or set EMSDK to its folder, and repeat the command"
  exit 1
}

new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | sed -nE '1s/.* ([0-9]+\.[0-9]+\.[0-9]+).*/\1/p') || return 1
  [ -n "$version" ] && [ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1)" = "$oldest" ]
}

# Made beside its place and then renamed: an interrupted run leaves nothing that looks finished.
make_toolchain() {
  [ "$(id -u)" = 0 ] || give_up "making one needs root"
  if ! command -v debootstrap >/dev/null; then
    command -v apt-get >/dev/null || give_up "making one needs debootstrap"
    say "installing debootstrap"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      debootstrap debian-archive-keyring; } >"$project/build/toolchain.log" 2>&1 </dev/null \
      || give_up "apt-get could not install debootstrap, see build/toolchain.log"
  fi
  say "making a toolchain in build/toolchain (Emscripten of Debian 13), about 2 minutes, 3 GB"
  rm -rf "$toolchain.new"
  debootstrap --variant=minbase --include=emscripten,cmake,ninja-build trixie "$toolchain.new" \
    >"$project/build/toolchain.log" 2>&1 </dev/null \
    || give_up "debootstrap failed, see build/toolchain.log"
  rm -rf "$toolchain.new"/var/cache/apt/archives/*.deb
  mv "$toolchain.new" "$toolchain"
}

[ $# -gt 0 ] || { say "usage: cpp/toolchain.sh COMMAND..."; exit 2; }

# Emscripten writes the module's TypeScript declarations with the project's tsc.
export PATH=$PATH:$project/node_modules/.bin
for folder in "" "${EMSDK:+$EMSDK:$EMSDK/upstream/emscripten:}"; do
  if PATH=$folder$PATH new_enough emcc; then PATH=$folder$PATH exec "$@"; fi
done

mkdir -p "$project/build"
exec 9>"$project/build/toolchain.lock"   # two builds at once make one toolchain
flock 9
[ -d "$toolchain" ] || make_toolchain
flock -u 9
exec 9>&-

# A private mount namespace: the mounts end with the command, even when it is killed.
# Debian freezes the cache of system libraries; thawed, it gains the few libraries it lacks.
# node's extra certificates are a path on the host, not in there.
exec unshare --mount bash -c '
  toolchain=$1 project=$2 here=$PWD
  shift 2
  mkdir -p "$toolchain$project"
  mount --bind "$project" "$toolchain$project"
  mount --bind /tmp "$toolchain/tmp"
  mount --rbind /dev "$toolchain/dev"
  mount -t proc proc "$toolchain/proc"
  exec chroot "$toolchain" /usr/bin/env -u NODE_EXTRA_CA_CERTS \
    EM_FROZEN_CACHE=0 EM_CACHE=/usr/share/emscripten/cache \
    PATH="/usr/sbin:/usr/bin:/sbin:/bin:$project/node_modules/.bin" \
    bash -c "cd \"\$1\" && shift && exec \"\$@\"" bash "$here" "$@"
' bash "$toolchain" "$project" "$@"
