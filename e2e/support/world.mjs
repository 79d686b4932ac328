// Before the tests, the program is built and its demo worlds are filled once, until
// no job is left to do (most of that are the photos in all their sizes). Each test
// starts with a copy: filling one takes twenty seconds of a processor, and pages
// are slow meanwhile.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, worldsEnv } from './app.mjs';

const patience = 300_000;

export default async function fillWorlds() {
  const worlds = await mkdtemp(join(tmpdir(), 'lapak-worlds-'));
  await Promise.all(
    [0, 1].map(async (pastOrders) => {
      const app = await startApp({ pastOrders });
      await idle(app);
      await app.stop(join(worlds, String(pastOrders)));
    }),
  );
  process.env[worldsEnv] = worlds;
  return () => rm(worlds, { recursive: true, force: true });
}

// idle waits until no job waits or runs.
async function idle(app) {
  for (const deadline = Date.now() + patience; Date.now() < deadline; ) {
    const left = [...(await app.metrics()).matchAll(/^lapak_jobs\{.*state="(?:available|running|retryable)".*\} (\d+)$/gm)];
    if (left.length > 0 && left.every(([, count]) => count === '0')) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the demo world still had jobs to do after ${patience / 1000} s`);
}
