#!/usr/bin/env bash
# Runs a command with LAPAK_TEST_POSTGRES naming a throw-away PostgreSQL, and
# stops that server whatever becomes of the command. When the variable is set
# already, the command just runs.
#
#   scripts/with-postgres.sh go test ./...
set -euo pipefail

(($# > 0)) || {
    echo "usage: scripts/with-postgres.sh COMMAND..." >&2
    exit 2
}
[[ -z ${LAPAK_TEST_POSTGRES:-} ]] || exec "$@"

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d /tmp/lapak-pg.XXXXXX)

# Should this script be killed outright, the watcher still clears up.
setsid bash -c 'tail --pid="$1" -f /dev/null; exec "$2" stop "$3"' \
    watcher "$$" "$here/postgres.sh" "$dir" >/dev/null 2>&1 </dev/null &
watcher=$!
disown "$watcher"

finish() {
    "$here/postgres.sh" stop "$dir"
    rm -rf -- "${dir:?}"
    kill -- "-$watcher" 2>/dev/null || true
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

LAPAK_TEST_POSTGRES=$("$here/postgres.sh" start "$dir")
export LAPAK_TEST_POSTGRES
"$@"
