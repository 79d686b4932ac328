// The real program, started afresh for a test and stopped after it.
//
//   const app = await startApp({ database: 'sqlite' });
//   await page.goto(app.url + '/produk');
//   await app.stop();

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from '@playwright/test';
import { readOutput } from './output.mjs';
import { freshDatabase } from './postgres.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const startTimeout = 300_000; // a machine with much else to do needs minutes for the demo world
const stopTimeout = 20_000;

let built;

// worldsEnv names the folder where filled demo worlds lie, each under its number
// of past orders.
export const worldsEnv = 'E2E_WORLDS';

// buildApp builds the program once per run and returns its path.
// LAPAK_E2E_BINARY names one that is built already.
export function buildApp() {
  built ??= process.env.LAPAK_E2E_BINARY
    ? Promise.resolve(process.env.LAPAK_E2E_BINARY)
    : build(join(root, 'e2e', '.build', 'lapak'));
  return built;
}

async function build(binary) {
  await promisify(execFile)('go', ['build', '-o', binary, '.'], {
    cwd: root,
    env: { CGO_ENABLED: '0', ...process.env },
    maxBuffer: 16 << 20,
  });
  return binary;
}

// allowTime gives the test or hook that starts a program the time that starting may
// take, on top of its own.
function allowTime() {
  try {
    test.info().setTimeout(test.info().timeout + startTimeout);
  } catch {
    // a script, not a test
  }
}

// startApp starts `lapak demo` on free ports with data of its own, and
// resolves when it is ready to serve. With past orders the demo's stories lie
// behind it too: what a group and an institution sold. Within a test run the
// embedded database is a copy of one that was filled before (see world.mjs).
export async function startApp({ database = 'sqlite', pastOrders = 0 } = {}) {
  if (database !== 'sqlite' && database !== 'postgres') {
    throw new Error(`no such database: ${database}`);
  }
  allowTime();
  const binary = await buildApp();
  const data = await mkdtemp(join(tmpdir(), 'lapak-e2e-'));
  const removeData = () => rm(data, { recursive: true, force: true });
  const world = database === 'sqlite' && process.env[worldsEnv];
  let postgres;
  try {
    postgres = database === 'postgres' ? await freshDatabase() : undefined;
    if (world) {
      await cp(join(world, String(pastOrders)), data, { recursive: true });
    }
  } catch (error) {
    await removeData();
    throw error;
  }

  const child = spawn(
    binary,
    ['demo', '--data', data, '--listen', '127.0.0.1:0', '--gateway-listen', '127.0.0.1:0', '--past-orders', String(pastOrders)],
    { cwd: data, env: environment(postgres?.dsn), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = once(child, 'close'); // rejects when it cannot be spawned
  exited.catch(() => {});
  // Nothing outlives the test run.
  const kill = () => child.kill('SIGKILL');
  const abandon = () => {
    kill();
    rmSync(data, { recursive: true, force: true });
  };
  process.once('exit', abandon);

  let out = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
    log += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });

  async function cleanUp() {
    process.off('exit', abandon);
    await removeData();
    await postgres?.drop();
  }

  const given = new AbortController();
  try {
    await Promise.race([
      ready(() => readOutput(out), given.signal),
      exited.then(([code, signal]) => {
        throw new Error(`lapak ended before it was ready (${signal ?? `status ${code}`})`);
      }),
    ]);
  } catch (error) {
    given.abort();
    kill();
    await exited.catch(() => {});
    await cleanUp();
    throw new Error(`${error.message}\n--- its output ---\n${tail(log)}`, { cause: error });
  }

  let stopped;
  const { url, gatewayUrl } = readOutput(out);
  return {
    url,
    gatewayUrl,
    data, // its folder
    // audit runs `lapak audit` on this program's data and returns its report;
    // a finding is an error.
    audit: async () => {
      try {
        const { stdout } = await promisify(execFile)(binary, ['audit', '--data', data], { cwd: data, env: environment(postgres?.dsn) });
        return stdout;
      } catch (error) {
        throw new Error(`lapak audit: ${error.message}\n${error.stdout}`, { cause: error });
      }
    },
    // accounts: {role: {phone, password, more}}, as printed so far.
    get accounts() {
      return readOutput(out).accounts;
    },
    // log returns everything the program has printed, both streams.
    log: () => log,
    // metrics returns the page of the program's gauges.
    metrics: async () => {
      const logged = await readFile(join(data, 'lapak.log'), 'utf8');
      const [, address] = [...logged.matchAll(/"msg":"metrics","listen":"([^"]+)"/g)].at(-1); // of this start
      return (await fetch(`http://${address}/metrics`)).text();
    },
    // stop ends the program as a service manager would, and removes its data or
    // leaves it in a folder that is to be. Not ending in time, or not cleanly, is
    // an error: it may mean work cut off half-way.
    stop: (keep) => (stopped ??= stop(keep)),
  };

  async function stop(keep) {
    let late = false;
    child.kill('SIGTERM');
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, stopTimeout);
    const [code, signal] = await exited;
    clearTimeout(timer);
    if (keep && code === 0) {
      await rename(data, keep);
    }
    await cleanUp();
    if (late) {
      throw new Error(`lapak had not stopped ${stopTimeout / 1000} s after SIGTERM\n${tail(log)}`);
    }
    if (code !== 0) {
      throw new Error(`lapak stopped with ${signal ?? `status ${code}`}\n${tail(log)}`);
    }
  }
}

// environment is this process's own, without settings a developer may have
// exported for the real thing.
function environment(dsn) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(LAPAK|XENDIT)_/.test(name)),
  );
  if (dsn) {
    env.LAPAK_DATABASE_URL = dsn;
  }
  env.LAPAK_METRICS_LISTEN = '127.0.0.1:0';
  return env;
}

// ready waits until both addresses and a sign-in are printed and the site
// says that it is ready, or until waiting is given up.
async function ready(output, given) {
  const deadline = Date.now() + startTimeout;
  let reason = 'it printed no addresses and sign-ins';
  while (Date.now() < deadline && !given.aborted) {
    const { url, gatewayUrl, accounts } = output();
    if (url && gatewayUrl && Object.keys(accounts).length > 0) {
      try {
        const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
        await answer.arrayBuffer();
        if (answer.status === 200) {
          return;
        }
        reason = `/readyz answered ${answer.status}`;
      } catch (error) {
        reason = `/readyz: ${error.cause?.message ?? error.message}`;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`lapak was not ready after ${startTimeout / 1000} s: ${reason}`);
}

function tail(text) {
  return text.split('\n').slice(-40).join('\n');
}
