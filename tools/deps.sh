#!/usr/bin/env bash
# Installs Debian packages whose command, or file, is missing: deps.sh COMMAND:PACKAGE /PATH:PACKAGE ...
# Where it may not, it says exactly what is missing and fails.
set -euo pipefail

missing=()
for pair in "$@"; do
  what=${pair%%:*}
  command -v "$what" >/dev/null || [ -e "$what" ] || [ -x "/usr/sbin/$what" ] || missing+=("${pair##*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

run() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
if ! command -v apt-get >/dev/null || ! { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
  echo "the tests need these Debian packages: ${missing[*]}" >&2
  echo "install them and run this again: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "installing ${missing[*]}"
run apt-get update -qq
run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
