#!/usr/bin/env bash
# Runs the tests named, or all. (node --test takes no files and a folder of its own at once.)
set -euo pipefail
exec node --test --test-concurrency=2 --test-timeout=400000 --test-reporter=spec "${@:-tests/}"
