#!/usr/bin/env bash
# Writes the table of what the binary is made of, with licences, to docs/DEPENDENCIES.md, and the licences of the Go parts with
# their texts to internal/app/licenses/go.json.gz, from where the gateway shows them. Build the page first.
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

modules() {
  go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/gateway | sort -u
  echo "Go-standard-library $(go env GOVERSION) $(go env GOROOT)"
}

table() {
  cat <<'HEAD'
# What is shipped, and its licences

Made by `tools/licenses.sh` from the modules that are compiled into the binary and the files that are embedded in it.

| module | version | licence |
|---|---|---|
HEAD
  modules | while read -r path version dir; do echo "| ${path//Go-standard-library/Go standard library} | $version | $(kind "$dir") |"; done
  node -e '
    for (const p of JSON.parse(require("fs").readFileSync("web/dist/licenses.json", "utf8"))) {
      console.log(`| ${p.name} (npm, in the page) | ${p.version} | ${p.license} |`)
    }'
}

texts() {
  modules | while read -r path version dir; do printf '%s\t%s\t%s\t%s\n' "$path" "$version" "$(kind "$dir")" "$dir"; done | node -e '
    const fs = require("fs"), zlib = require("zlib")
    const items = fs.readFileSync(0, "utf8").trim().split("\n").map((line) => {
      const [name, version, license, dir] = line.split("\t")
      const files = fs.readdirSync(dir).filter((f) => /^(licen[sc]e|copying|notice)/i.test(f) && fs.statSync(dir + "/" + f).isFile()).sort()
      const text = files.map((f) => fs.readFileSync(dir + "/" + f, "utf8").trim()).join("\n\n")
      return { name: name.replace("Go-standard-library", "Go standard library"), version, license, text }
    })
    process.stdout.write(zlib.gzipSync(JSON.stringify(items), { level: 9 }))'
}

table >docs/DEPENDENCIES.md
texts >internal/app/licenses/go.json.gz
