#!/usr/bin/env bash
# Installs the system tools the tests need (tshark, redis-server, browsers) where that can be done without asking anybody; otherwise prints
# the exact command to run. Exit status 0: every tool is there; 1: something is missing.
set -uo pipefail

tools=(tshark redis-server chromium firefox-esr)
missing() {
  local tool
  for tool in "${tools[@]}"; do command -v "$tool" >/dev/null 2>&1 || echo "$tool"; done
}

mapfile -t packages < <(missing)
[ ${#packages[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${packages[*]}"
by_hand="sudo apt-get update && sudo $install"
command -v brew >/dev/null 2>&1 && ! command -v apt-get >/dev/null 2>&1 && by_hand='brew install wireshark redis chromium firefox'
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  log=$(mktemp)
  echo "installing ${packages[*]} with apt-get" >&2
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive $install; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
fi

status=0
while read -r tool; do
  echo "$tool is missing and the checks that need it cannot run; install it with: $by_hand" >&2
  status=1
done < <(missing)
exit $status
