#!/usr/bin/env bash
# Names every template whose Go code is missing, out of date or left behind.
# It compares contents, not commits, and changes nothing. templ writes file
# names into the code, relative to where it runs: run it here, at the root.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

bad=
while IFS= read -r -d '' file; do
    [[ -e ${file%_templ.go}.templ ]] || bad+="  $file: its template is gone"$'\n'
done < <(find . \( -name node_modules -o -name '.?*' \) -prune -o -name '*_templ.go' -type f -print0 | sort -z)

if ! out=$(bin/templ generate -check -keep-orphaned-files -log-level error 2>&1); then
    bad+=$out$'\n'
fi

if [[ -n $bad ]]; then
    printf 'the Go code of the templates is out of date (make generate, at the root, mends it):\n%s' "$bad" >&2
    exit 1
fi
