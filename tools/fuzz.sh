#!/usr/bin/env bash
# Runs every fuzz target of the module for the given time: fuzz.sh 60s
set -euo pipefail
export CGO_ENABLED=0

for package in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "$package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 10x "$package"
  done
done
