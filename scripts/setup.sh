#!/usr/bin/env bash
# Installs what the tests need and this machine lacks, from the system's
# packages (Debian, Ubuntu): a PostgreSQL server, Chromium, a C compiler for
# the race detector, Node. Then the browser tests' npm packages, as locked.
# Says nothing when all is there; names what is missing where it cannot help.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

have_postgres() {
    scripts/postgres.sh bin >/dev/null 2>&1 && have_psql
}

have_psql() {
    command -v psql >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/psql' >/dev/null
}

have_chromium() {
    local name
    for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}

have_compiler() {
    local cc
    cc=${CC:-$(go env CC)}
    command -v "${cc%% *}" >/dev/null &&
        $cc -fsyntax-only -x c - <<<'#include <stdlib.h>' >/dev/null 2>&1
}

have_node() {
    command -v npm >/dev/null && command -v node >/dev/null &&
        node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)'
}

have_go() {
    command -v go >/dev/null
}

missing() {
    have_go || echo "Go 1.26 (https://go.dev/dl/)"
    have_postgres || echo "a PostgreSQL server with psql (package postgresql)"
    have_chromium || echo "Chromium (package chromium, or set CHROMIUM to a Chrome)"
    have_compiler || echo "a C compiler for the race detector (packages gcc and libc6-dev)"
    have_node || echo "Node 20 or later with npm (packages nodejs and npm)"
}

give_up() {
    echo "setup: $1 Missing:" >&2
    missing | sed 's/^/  - /' >&2
    exit 1
}

install_packages() {
    local packages=() root=() log
    have_postgres || packages+=(postgresql postgresql-client)
    have_chromium || packages+=(chromium fonts-liberation)
    have_compiler || packages+=(gcc libc6-dev)
    have_node || packages+=(nodejs npm)
    ((${#packages[@]} > 0)) || return 0

    command -v apt-get >/dev/null || give_up "this system has no apt-get."
    if [[ $(id -u) != 0 ]]; then
        sudo -n true 2>/dev/null || give_up "not root, and sudo asks for a password."
        root=(sudo -n)
    fi
    echo "setup: installing ${packages[*]}"
    log=$(mktemp)
    if ! {
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update &&
            "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
                install --no-install-recommends "${packages[@]}"
    } >"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        give_up "apt-get could not install everything."
    fi
    rm -f "$log"
}

# npm writes node_modules/.package-lock.json last, so a broken install is
# begun again.
install_node_modules() {
    local done=e2e/node_modules/.package-lock.json
    [[ -e e2e/package-lock.json ]] || return 0
    [[ -e $done && ! $done -ot e2e/package-lock.json ]] && return 0
    echo "setup: installing the browser tests' packages"
    (cd e2e && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
    touch "$done"
}

have_go || give_up "Go itself is not here."
install_packages
[[ -z $(missing) ]] || give_up "the system's packages were not enough."
install_node_modules
