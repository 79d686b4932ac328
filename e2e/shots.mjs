// Takes the pictures of README.md from the real program: `make shots`.
import { chromium } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { chromium as binary } from './support/chromium.mjs';
import { startApp } from './support/app.mjs';

const out = new URL('../docs/shots/', import.meta.url).pathname;
await mkdir(out, { recursive: true });

const app = await startApp({ database: 'sqlite' });
const browser = await chromium.launch({
  executablePath: binary(),
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function signIn(page, account) {
  await page.goto(`${app.url}/masuk`);
  await page.fill('[name=hp]', account.phone);
  await page.click('form[action="/masuk"] button[type=submit]');
  await page.fill('[name=sandi]', account.password);
  await page.click('form[action="/masuk/sandi"] button[type=submit]');
  await page.waitForURL((url) => !url.pathname.startsWith('/masuk'));
}

async function shot(name, width, height, path, role) {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1, locale: 'id-ID' });
  const page = await context.newPage();
  if (role) await signIn(page, app.accounts[role]);
  await page.goto(app.url + path);
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: `${out}${name}.jpg`, type: 'jpeg', quality: 80 });
  await context.close();
  console.log(`docs/shots/${name}.jpg`);
}

try {
  // Pictures are made by jobs: wait until the newest are there.
  const page = await browser.newPage();
  for (let ready = false; !ready; ) {
    await page.goto(`${app.url}/produk`);
    const waiting = await page.locator('main .pic-none').count();
    ready = waiting === 0;
    if (!ready) await page.waitForTimeout(1000);
  }
  await page.close();
  await shot('home', 1280, 800, '/');
  await shot('product-phone', 360, 800, '/produk/nastar');
  await shot('list', 1280, 800, '/produk');
  await shot('maker-phone', 360, 800, '/toko-saya', 'maker');
  await shot('curator', 1280, 800, '/kurasi', 'curator');
} finally {
  await browser.close();
  await app.stop();
}
