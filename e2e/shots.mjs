// Takes the pictures of README.md from the real program: `make shots`.

import { chromium } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startApp } from './support/app.mjs';
import { chromium as binary } from './support/chromium.mjs';
import { heading, signIn } from './support/people.mjs';

const out = new URL('../docs/shots/', import.meta.url);

const shots = [
  { name: 'home', size: wide(), address: '/' },
  { name: 'list', size: wide(), address: '/produk' },
  { name: 'product-dark', size: wide(), address: '/produk/nastar', dark: true },
  { name: 'shop', size: wide(), address: '/toko/kube-dapur-gayeng' },
  { name: 'home-phone', size: phone(), address: '/' },
  { name: 'product-phone', size: phone(), address: '/produk/kaos-sablon' },
  { name: 'maker-phone', size: phone(), address: '/toko-saya', role: 'maker' },
  { name: 'curator', size: wide(), address: '/kurasi', role: 'curator', open: '[data-row]' },
];

function wide() {
  return { viewport: { width: 1280, height: 800 } };
}

function phone() {
  return { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
}

await mkdir(out, { recursive: true });
const app = await startApp();
const browser = await chromium.launch({ executablePath: binary(), args: ['--headless', '--no-sandbox', '--disable-gpu'] });
try {
  await pictures();
  for (const { name, size, address, role, open, dark } of shots) {
    const context = await browser.newContext({ baseURL: app.url, locale: 'id-ID', timezoneId: 'Asia/Jakarta', colorScheme: dark ? 'dark' : 'light', ...size });
    const page = await context.newPage();
    if (role) await signIn(page, app.accounts[role]);
    await page.goto(address, { waitUntil: 'networkidle' });
    if (open) {
      await page.locator(open).first().click();
      await page.waitForLoadState('networkidle');
    }
    const path = fileURLToPath(new URL(`${name}.jpg`, out));
    await page.screenshot({ path, type: 'jpeg', quality: 76 });
    console.log(path);
    await context.close();
  }
} finally {
  await browser.close();
  await app.stop();
}

// pictures waits until the jobs have made the sizes of every picture.
async function pictures() {
  const page = await browser.newPage({ baseURL: app.url });
  for (const address of ['/', '/produk']) {
    do {
      await page.goto(address, { waitUntil: 'networkidle' });
    } while ((await page.locator('main .pic-none').count()) > 0);
  }
  await page.goto('/produk/nastar');
  await heading(page, 'Nastar');
  await page.close();
}
