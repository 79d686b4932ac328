#!/usr/bin/env bash
# Runs a command with LAPAK_TEST_POSTGRES naming a throw-away PostgreSQL, and
# stops that server whatever becomes of the command. When the variable is set
# already, the command just runs.
#
# The command's temporary files lie in memory where there is enough of it: the
# embedded databases of the tests wait for a disk at every commit, as they must,
# and prove nothing by it. Go still compiles on the disk.
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
fast=
if [[ -z ${TMPDIR:-} && -w /dev/shm && $(df --output=avail /dev/shm 2>/dev/null | tail -1) -gt 4000000 &&
    $(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) -gt 8000000 ]]; then
    fast=$(mktemp -d /dev/shm/lapak-tests.XXXXXX)
    chmod 755 "$fast"
    export TMPDIR=$fast GOTMPDIR=${GOTMPDIR:-/tmp}
fi

# Should this script be killed outright, the watcher still clears up.
setsid bash -c 'tail --pid="$1" -f /dev/null; rm -rf -- ${4:+"$4"}; exec "$2" stop "$3"' \
    watcher "$$" "$here/postgres.sh" "$dir" "$fast" >/dev/null 2>&1 </dev/null &
watcher=$!
disown "$watcher"

finish() {
    "$here/postgres.sh" stop "$dir"
    rm -rf -- "${dir:?}" ${fast:+"$fast"}
    kill -- "-$watcher" 2>/dev/null || true
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

LAPAK_TEST_POSTGRES=$("$here/postgres.sh" start "$dir")
export LAPAK_TEST_POSTGRES
"$@"
