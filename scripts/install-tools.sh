#!/usr/bin/env bash
# Installs the system tools the tests need (tshark) where that can be done without asking anybody; otherwise prints the exact
# command to run. Exit status 0: every tool is there; 1: something is missing.
set -uo pipefail

packages=()
command -v tshark >/dev/null 2>&1 || packages+=(tshark)
[ ${#packages[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${packages[*]}"
by_hand="sudo apt-get update && sudo $install"
command -v brew >/dev/null 2>&1 && ! command -v apt-get >/dev/null 2>&1 && by_hand='brew install wireshark'
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  log=$(mktemp)
  echo "installing ${packages[*]} with apt-get" >&2
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive $install; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
fi

for tool in "${packages[@]}"; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "$tool is missing and the checks that need it cannot run; install it with: $by_hand" >&2
    missing=1
  fi
done
exit "${missing:-0}"
