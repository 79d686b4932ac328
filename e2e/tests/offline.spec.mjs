// At a kitchen table with a weak signal: what is typed outlives the signal, is
// sent once when it is back, and what is refused then is shown with what was typed.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Inspector } from '../support/inspect.mjs';
import { People, press } from '../support/people.mjs';
import { art } from '../support/story.mjs';

test.describe.configure({ timeout: 600_000 });

const list = (page) => page.locator('#antrean');
const rows = (page) => list(page).locator('li');

// settled waits for the worker that shows the page without a signal.
async function settled(page) {
  await page.waitForFunction(async () => !!(await navigator.serviceWorker.ready).active && !!navigator.serviceWorker.controller);
}

// kept counts what the browser keeps of anybody.
const kept = (page) => page.evaluate(() => new Promise((done, fail) => {
  const drafts = Object.keys(localStorage).filter((key) => key.startsWith('isian|')).length;
  const asked = indexedDB.open('lapak', 1);
  asked.onerror = () => fail(asked.error);
  asked.onsuccess = () => {
    const count = asked.result.transaction('antrean').objectStore('antrean').count();
    count.onerror = () => fail(count.error);
    count.onsuccess = () => {
      asked.result.close();
      done({ drafts, waiting: count.result });
    };
  };
}));

// keeps waits until the browser keeps no more and no less of anybody: the list of what
// waits is drawn a moment after the page.
const keeps = (page, wanted) => expect(async () => expect(await kept(page)).toEqual(wanted)).toPass({ timeout: 60_000 });

test('a form filled in without a signal', async ({ browser }) => {
  const app = await startApp();
  const people = new People(app, browser);
  const inspector = new Inspector();
  try {
    const page = await people.demo('maker');
    const offline = (cut) => page.context().setOffline(cut);

    // Days off: it carries a form key, so it waits and goes by itself.
    await page.goto('/toko-saya/libur');
    await settled(page);
    const day = (n) => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);
    const before = await page.locator('main').getByRole('button', { name: /^Hapus/ }).count();
    await page.locator('input[name=kind]').first().check();
    await page.locator('input[name=first]').fill(day(40));
    await page.locator('input[name=last]').fill(day(42));
    await page.reload(); // nothing was sent, and it is still there
    await expect(page.locator('input[name=first]')).toHaveValue(day(40));
    await expect(page.getByText('Isian Anda yang belum dikirim kami pasang lagi.')).toBeVisible();

    await offline(true);
    const submit = page.locator('form[data-keep=send][action="/toko-saya/libur"] [type=submit]');
    await submit.click();
    await expect(rows(page)).toHaveCount(1);
    await expect(list(page).getByText('Menunggu sinyal')).toBeVisible();
    await expect(list(page).getByRole('heading', { name: 'Belum terkirim' })).toBeFocused();
    await submit.click(); // pressed again: one form, one row
    await expect(rows(page)).toHaveCount(1);
    await inspector.inspect(page, 'a form that waits');

    await page.reload();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Belum ada sinyal');
    await expect(rows(page)).toHaveCount(1);
    await inspector.inspect(page, 'the page without a signal');

    let sent = 0;
    page.on('request', (request) => { if (request.method() === 'POST' && request.url().endsWith('/toko-saya/libur')) sent++; });
    await offline(false);
    await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Belum ada sinyal'); // by itself
    await expect(list(page)).toBeHidden();
    await expect.poll(() => sent).toBe(1);
    await page.goto('/toko-saya/libur');
    await expect(page.locator('main').getByRole('button', { name: /^Hapus/ })).toHaveCount(before + 1);
    await expect(page.locator('input[name=first]')).toHaveValue(''); // its draft is forgotten

    // Refused when it arrives: the last day lies before the first.
    await page.locator('input[name=kind]').first().check();
    await page.locator('input[name=first]').fill(day(60));
    await page.locator('input[name=last]').fill(day(50));
    await offline(true);
    await submit.click();
    await expect(rows(page)).toHaveCount(1);
    await offline(false);
    await expect(list(page).getByText('Belum diterima')).toBeVisible({ timeout: 60_000 }); // it goes by itself
    await expect(list(page).locator('.fault').first()).not.toBeEmpty();
    await expect(list(page)).toContainText(day(60));
    await inspector.inspect(page, 'a form that was refused');
    await press(list(page), 'Buka dan perbaiki');
    await expect(page.locator('input[name=first]')).toHaveValue(day(60));
    await expect(list(page)).toBeHidden();
    await page.locator('input[name=last]').fill(day(61));
    await submit.click();
    await expect(page.locator('main').getByRole('button', { name: /^Hapus/ })).toHaveCount(before + 2);

    // Signing out forgets, after saying what would be lost.
    await page.locator('input[name=kind]').first().check();
    await page.locator('input[name=first]').fill(day(80));
    await page.locator('input[name=last]').fill(day(70));
    await offline(true);
    await submit.click();
    await expect(rows(page)).toHaveCount(1);
    await offline(false);
    await expect(list(page).getByText('Belum diterima')).toBeVisible({ timeout: 60_000 });
    await page.locator('input[name=last]').fill(day(75)); // a draft beside it
    await keeps(page, { drafts: 1, waiting: 1 });
    await page.locator('.menu summary', { hasText: 'Akun' }).click();
    await press(page, 'Keluar');
    await expect(page.getByText('Masih ada isian atau foto yang belum terkirim.').last()).toBeVisible();
    await expect(page).toHaveURL(/\/toko-saya\/libur/);
    await page.locator('form[action="/keluar"] button').click(); // pressed again: it is meant
    await expect(page).not.toHaveURL(/\/toko-saya/);
    expect(await kept(page)).toEqual({ drafts: 0, waiting: 0 });
    expect(inspector.faults).toEqual([]);
  } finally {
    await people.close();
    await app.stop();
  }
});

test('a companion counts the stock of a maker without a phone, and the signal goes', async ({ browser }) => {
  const app = await startApp();
  const people = new People(app, browser);
  try {
    const page = await people.demo('companion');
    await page.goto('/toko-saya/pilih');
    await page.getByRole('button', { name: 'Toples Bu Wening' }).click();
    await page.goto('/toko-saya/produk');
    const product = await page.locator('.door', { hasText: 'Rengginang' }).getAttribute('href');
    await page.goto(`${product}/stok`);
    await settled(page);
    const stock = page.getByLabel('Jumlah yang ada');
    await stock.fill('137');
    await page.context().setOffline(true);
    await press(page, 'Simpan');
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page)).toContainText('137');
    await page.reload();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Belum ada sinyal');
    await expect(rows(page)).toHaveCount(1);

    await page.context().setOffline(false); // the page opens by itself, and what waits goes
    await expect(stock).toBeVisible({ timeout: 60_000 });
    await expect(rows(page)).toHaveCount(0, { timeout: 60_000 });
    await keeps(page, { drafts: 0, waiting: 0 });
    await page.goto(`${product}/stok`);
    await expect(stock).toHaveValue('137');
    await expect(page.locator('.acting')).toContainText('Toples Bu Wening'); // in her shop, under his own name
    await page.goto(product);
    await expect(page.locator('main')).toContainText('137');
    await app.audit();
  } finally {
    await people.close();
    await app.stop();
  }
});

// photosKept counts the photos of drafts that the browser keeps of anybody.
const photosKept = (page) => page.evaluate(() => new Promise((done, fail) => {
  const asked = indexedDB.open('lapak-foto', 1);
  asked.onerror = () => fail(asked.error);
  asked.onsuccess = () => {
    const count = asked.result.transaction('photos').objectStore('photos').count();
    count.onerror = () => fail(count.error);
    count.onsuccess = () => {
      asked.result.close();
      done(count.result);
    };
  };
}));

test('a photo that has not arrived is named before signing out, and forgotten on a shared phone', async ({ browser }) => {
  const app = await startApp();
  const people = new People(app, browser);
  try {
    const page = await people.demo('maker');
    await page.goto('/toko-saya/produk');
    await press(page, 'Tambah produk baru');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Foto produknya dulu');
    await settled(page);
    await page.route('**/foto', (route) => (route.request().method() === 'POST' ? route.abort('internetdisconnected') : route.continue()));
    await page.getByLabel('Pilih dari galeri').setInputFiles(art('p01-nastar'));
    await expect(page.locator('[data-upload=waiting]')).toHaveCount(1);
    await expect.poll(() => photosKept(page)).toBe(1);
    await page.goto('/toko-saya/produk'); // from wherever she leaves
    await page.locator('.menu summary', { hasText: 'Akun' }).click();
    await press(page, 'Keluar');
    await expect(page.getByText('Masih ada isian atau foto yang belum terkirim.').last()).toBeVisible();
    await expect(page).toHaveURL(/\/toko-saya\/produk/);
    expect(await photosKept(page)).toBe(1);
    await page.locator('form[action="/keluar"] button').click(); // pressed again: it is meant
    await expect(page).not.toHaveURL(/\/toko-saya/);
    expect(await photosKept(page)).toBe(0);
    people.wellBehaved();
  } finally {
    await people.close();
    await app.stop();
  }
});

test('the shell is one that a phone installs', async ({ request, browser }) => {
  const app = await startApp();
  const people = new People(app, browser);
  try {
    const manifest = await (await request.get(`${app.url}/manifest.webmanifest`)).json();
    expect(manifest.display).toBe('standalone');
    for (const { src } of manifest.icons) expect((await request.get(app.url + src)).headers()['content-type']).toBe('image/png');
    const page = await people.demo('maker');
    await expect(page.locator('link[rel=manifest]')).toHaveAttribute('href', '/manifest.webmanifest');
    await settled(page);
    await page.goto('/toko-saya/uang');
    await page.goto('/toko-saya/pesanan');
    // Nothing of hers is kept: only lasting files and the page without a signal.
    const kept = await page.evaluate(async () => {
      const found = [];
      for (const name of await caches.keys()) for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
      return found;
    });
    expect(kept).toContain('/tanpa-sinyal');
    expect(kept.filter((path) => path !== '/tanpa-sinyal' && !/^\/static\/.+\.[0-9a-f]{12}\.\w+$/.test(path))).toEqual([]);
    people.wellBehaved();
  } finally {
    await people.close();
    await app.stop();
  }
});
