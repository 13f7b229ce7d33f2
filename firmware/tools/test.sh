#!/usr/bin/env bash
# Runs the tests named, or all: they mostly wait, so more at a time than cores. (node --test takes no files and a folder at once.)
set -euo pipefail
exec node --test --test-concurrency=4 --test-timeout=400000 --test-reporter=spec "${@:-tests/}"
