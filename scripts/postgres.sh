#!/usr/bin/env bash
# A PostgreSQL cluster to throw away, for tests.
#
#   scripts/postgres.sh start [DIR]   makes and starts it, prints its DSN
#   scripts/postgres.sh dsn   [DIR]   prints the DSN of a running one
#   scripts/postgres.sh stop  [DIR]   stops it and removes DIR
#   scripts/postgres.sh crash [DIR]   stops it as a power cut would; its data stay
#   scripts/postgres.sh again [DIR]   starts it again after a crash
#   scripts/postgres.sh bin           prints the folder of a working server
#
# With LAPAK_POSTGRES_DURABLE set, start makes one that survives a crash.
#
# It listens on a Unix socket inside DIR only, runs as an unprivileged user
# when started by root, and forgets durability for speed. Its collation and
# time zone are those of a server in Indonesia, not C and UTC, so that a query
# leaning on either shows itself here. DIR defaults to one per user in /tmp;
# scripts/with-postgres.sh makes a new one for every run.
set -euo pipefail

marker=lapak-throw-away-cluster

die() {
    echo "postgres: $*" >&2
    exit 1
}

# The newest version whose programs all run, else whatever is in PATH.
find_bin() {
    local dir
    {
        compgen -G '/usr/lib/postgresql/*/bin' | sort -rV
        dirname "$(command -v initdb || true)"
    } | while read -r dir; do
        if [[ $dir == /* ]] &&
            "$dir/postgres" --version >/dev/null 2>&1 &&
            "$dir/initdb" --version >/dev/null 2>&1 &&
            "$dir/pg_ctl" --version >/dev/null 2>&1; then
            echo "$dir"
            break
        fi
    done
}

need_bin() {
    bin=$(find_bin || true)
    [[ -n $bin ]] || die "no PostgreSQL server found; run scripts/setup.sh"
}

# PostgreSQL refuses to run as root: step down to a user who owns nothing.
as_server() {
    if [[ $(id -u) != 0 ]]; then
        "$@"
        return
    fi
    local user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
    if command -v setpriv >/dev/null; then
        (cd / && HOME=/ setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@")
    else
        (cd / && HOME=/ su -s /bin/sh "$user" -c 'exec "$0" "$@"' -- "$@")
    fi
}

running() {
    as_server "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1
}

dsn() {
    echo "postgres://lapak@/postgres?host=$dir"
}

start() {
    need_bin
    # A socket's path may have 107 bytes, ".s.PGSQL.5432" included.
    ((${#dir} <= 90)) || die "the path $dir is too long for a Unix socket"
    if [[ -e $dir/$marker ]]; then
        [[ -O $dir/$marker ]] || die "$dir belongs to somebody else"
        if running; then
            dsn
            return
        fi
        rm -rf -- "${dir:?}"
    fi
    mkdir -p -m 0700 -- "$dir"
    [[ -O $dir && -z $(ls -A -- "$dir") ]] || die "$dir is not an empty folder of yours"
    : >"$dir/$marker"
    if [[ $(id -u) == 0 ]]; then
        chown "$(as_server id -u):$(as_server id -g)" "$dir"
        as_server test -w "$dir" || die "the server's user cannot reach $dir"
    fi

    local provider=()
    if "$bin/initdb" --help | grep -q -- --icu-locale; then
        provider=(--locale-provider=icu --icu-locale=id-ID)
    fi
    if ! as_server "$bin/initdb" -D "$dir/data" -U lapak -A trust -E UTF8 --locale=C \
        "${provider[@]}" --no-sync --no-instructions >"$dir/initdb.log" 2>&1; then
        tail -n 20 "$dir/initdb.log" >&2
        die "initdb failed"
    fi
    as_server tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
unix_socket_permissions = 0700
max_connections = 300
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 10s
timezone = 'Asia/Jakarta'
CONF
    if [[ -n ${LAPAK_POSTGRES_DURABLE:-} ]]; then
        as_server tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
fsync = on
synchronous_commit = on
full_page_writes = on
CONF
    fi
    launch
    dsn
}

launch() {
    if ! as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start \
        >"$dir/pg_ctl.log" 2>&1 </dev/null; then
        tail -n 20 "$dir/pg_ctl.log" "$dir/server.log" >&2 || true
        die "the server did not start"
    fi
}

crash() {
    need_bin
    [[ -e $dir/$marker ]] || die "no cluster of ours in $dir"
    as_server "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 60 stop >/dev/null 2>&1 ||
        die "the server in $dir did not stop"
}

again() {
    need_bin
    [[ -e $dir/$marker ]] || die "no cluster of ours in $dir"
    launch
}

stop() {
    [[ -e $dir/$marker ]] || return 0
    need_bin
    if running; then
        as_server "$bin/pg_ctl" -D "$dir/data" -m immediate -w -t 60 stop >/dev/null 2>&1 ||
            die "the server in $dir did not stop"
    fi
    rm -rf -- "${dir:?}"
}

dir=${2:-/tmp/lapak-postgres-$(id -u)}
[[ $dir == /* ]] || dir=$PWD/$dir
[[ $dir =~ ^[A-Za-z0-9/._-]+$ ]] || die "the path $dir needs quoting in a DSN; choose a plainer one"
case ${1:-} in
start) start ;;
stop) stop ;;
crash) crash ;;
again) again ;;
dsn)
    need_bin
    running || die "no server is running in $dir"
    dsn
    ;;
bin)
    need_bin
    echo "$bin"
    ;;
*) die "usage: scripts/postgres.sh start|stop|dsn|crash|again [DIR], or bin" ;;
esac
