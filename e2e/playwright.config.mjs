import { defineConfig } from '@playwright/test';
import { chromium } from './support/chromium.mjs';

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  globalSetup: './support/world.mjs',
  reporter: [['list'], ['./support/last-words.mjs']],
  forbidOnly: !!process.env.CI,
  // Two at a time, each with a program and a database of its own: a story waits
  // for jobs and payments more than it works.
  workers: 2,
  fullyParallel: false,
  // A test that passes only the second time has found something, and on a
  // developer's machine it fails. Continuous integration tries once more and says
  // so at the end, loudly: one slow second of a shared machine is no reason to
  // hold back everybody's work.
  retries: process.env.CI ? 1 : 0,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    browserName: 'chromium',
    headless: true,
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromium(),
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    {
      name: 'phone',
      use: {
        viewport: { width: 360, height: 800 },
        isMobile: true,
        hasTouch: true,
        deviceScaleFactor: 2,
      },
    },
  ],
});
