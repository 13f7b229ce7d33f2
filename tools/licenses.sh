#!/usr/bin/env bash
# Writes the table of what the binary is made of, with licences: licenses.sh > docs/DEPENDENCIES.md
set -euo pipefail
cd "$(dirname "$0")/.."

kind() { # the licence by its own words
  local text
  text=$(cat "$1"/LICEN[SC]E* "$1"/COPYING* 2>/dev/null | tr -s ' \n\t' ' ' || true)
  case "$text" in
    *"Apache License"*"Version 2.0"*) echo Apache-2.0 ;;
    *"Mozilla Public License"*2.0*) echo MPL-2.0 ;;
    *"Eclipse Public License"*v*2.0*"Eclipse Distribution License"*) echo "EPL-2.0 or EDL-1.0" ;;
    *"Eclipse Public License"*2.0*) echo EPL-2.0 ;;
    *"Permission to use, copy, modify, and"*"distribute this software"*) echo ISC ;;
    *"Permission is hereby granted, free of charge"*) echo MIT ;;
    *"Neither the name"*) echo BSD-3-Clause ;;
    *"Redistribution and use"*) echo BSD-2-Clause ;;
    *) echo "see its repository" ;;
  esac
}

cat <<'HEAD'
# What is shipped, and its licences

Made by `tools/licenses.sh` from the modules that are compiled into the binary and the files that are embedded in it.

| module | version | licence |
|---|---|---|
HEAD
go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/gateway | sort -u |
  while read -r path version dir; do echo "| $path | $version | $(kind "$dir") |"; done
echo "| Go standard library | $(go env GOVERSION) | BSD-3-Clause |"
echo "| socket.io-client (served to browsers) | $(node -p "require('./web/node_modules/socket.io-client/package.json').version") | MIT |"
echo "| Inter, the page's typeface | $(node -p "require('./web/node_modules/@fontsource-variable/inter/package.json').version") | OFL-1.1 |"
