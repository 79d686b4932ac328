import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { find } from './chromium.mjs';

const run = promisify(execFile);

// withDatabase names another database on the server of a DSN. (URL cannot
// read one whose host is a socket.)
export function withDatabase(dsn, name) {
  const parts = /^(postgres(?:ql)?:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/.exec(dsn);
  if (!parts) {
    throw new Error('LAPAK_TEST_POSTGRES is not a postgres:// address');
  }
  return `${parts[1]}/${name}${parts[2] ?? ''}`;
}

// freshDatabase makes an empty database on the server LAPAK_TEST_POSTGRES
// names, and returns its DSN and a function that drops it.
export async function freshDatabase() {
  const server = process.env.LAPAK_TEST_POSTGRES;
  if (!server) {
    throw new Error('LAPAK_TEST_POSTGRES is not set: run through scripts/with-postgres.sh');
  }
  const name = `lapak_e2e_${randomBytes(6).toString('hex')}`;
  await sql(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  return {
    dsn: withDatabase(server, name),
    drop: () => sql(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function sql(server, statement) {
  await run(psql(), ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--command', statement, server]);
}

function psql() {
  const base = '/usr/lib/postgresql';
  let versions = [];
  try {
    versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
  } catch {
    // no Debian-style folders here
  }
  const path = find('psql', ...versions.map((version) => `${base}/${version}/bin/psql`));
  if (!path) {
    throw new Error('psql not found: run make setup');
  }
  return path;
}
