#!/usr/bin/env bash
# Looks in all committed Markdown for links and pictures that lead to no committed file, and fails with their names.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
while IFS=: read -r page link; do
  target=$(realpath -m --relative-to=. "$(dirname "$page")/${link%%#*}")
  [ -n "$(git ls-files "$target")" ] || { echo "$page: $link leads nowhere" >&2; status=1; }
done < <(git ls-files '*.md' | xargs grep -HoP '\]\(\K(?!https?:|mailto:|#)[^)\s]+')
exit $status
