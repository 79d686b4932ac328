#!/usr/bin/env bash
# Names every Go file and template that is not formatted. Changes nothing.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# Tracked and new files alike, without those deleted but not yet committed.
files() {
    git ls-files -z --cached --others --exclude-standard -- "$1" |
        while IFS= read -r -d '' file; do
            [[ ! -e $file ]] || printf '%s\0' "$file"
        done
}

bad=$(files '*.go' | { grep -zv '_templ\.go$' || true; } | xargs -0r gofmt -l)
while IFS= read -r -d '' file; do
    bin/templ fmt -prettier-command none -log-level error -stdin-filepath "$file" <"$file" |
        cmp -s - "$file" || bad+=$'\n'$file
done < <(files '*.templ')

if [[ -n $bad ]]; then
    echo "not formatted (make fmt mends them):" >&2
    sed '/^$/d; s/^/  /' <<<"$bad" >&2
    exit 1
fi
