// Makers' pages on the smallest phone, with letters twice as large, without our
// colours and without motion; and what each weighs on its first visit.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { People } from '../support/people.mjs';
import { bare, fits, narrow, weigh } from '../support/plain.mjs';

// A busy machine may need long; a quiet one takes half a minute.
test.describe.configure({ timeout: 600_000 });

const most = { all: 60_000, Script: 20_000 }; // bytes, packed

const own = [
  '/toko-saya', '/toko-saya/produk', '/toko-saya/produk/1', '/toko-saya/pesanan', '/toko-saya/jual', '/toko-saya/jual?produk=1',
  '/toko-saya/produksi', '/toko-saya/kalender', '/toko-saya/impor', '/toko-saya/libur', '/toko-saya/uang', '/toko-saya/uang/tarik', '/toko-saya/uang/bulan',
  '/toko-saya/uang/bagian', '/toko-saya/uang/bagian/orang', '/toko-saya/buku', '/toko-saya/buku/catat', '/toko-saya/bagikan',
  '/toko-saya/bagikan?produk=1', '/toko-saya/kotak-masuk', '/toko-saya/toko', '/toko-saya/cara', '/toko-saya/cara/foto',
];

test('pages of a maker in large letters, without colours, and light', async ({ browser }, { project }) => {
  const app = await startApp();
  const people = new People(app, browser);
  const faults = [];
  const weights = [];
  try {
    const maker = await people.demo('maker');
    // A product on its way, at its first question, and an order of a neighbour.
    await maker.goto('/toko-saya/produk');
    await maker.getByRole('button', { name: 'Tambah produk baru' }).click();
    await expect(maker).toHaveURL(/\/pengajuan\/\d+\/foto/);
    const draft = new URL(maker.url()).pathname;
    await maker.goto('/toko-saya/jual?produk=1');
    await maker.getByRole('button', { name: 'Catat', exact: true }).click();
    await expect(maker).not.toHaveURL(/\/jual\?produk=1/);
    await maker.goto('/toko-saya/pesanan?tahap=selesai');
    const order = await maker.locator('.doors .door').first().getAttribute('href');
    const signedIn = await maker.context().storageState();

    for (const address of ['/masuk', ...own, draft, draft.replace(/foto$/, 'harga'), order]) {
      const context = await browser.newContext({
        ...project.use, baseURL: app.url, viewport: narrow, serviceWorkers: 'block', storageState: address === '/masuk' ? undefined : signedIn,
      });
      const page = await context.newPage();
      const { bytes, status } = await weigh(page, address);
      expect([address, status]).toEqual([address, 200]);
      weights.push([address, bytes.all, bytes.Script]);
      for (const kind of Object.keys(most)) if (bytes[kind] > most[kind]) faults.push(`${address}: ${kind} weighs ${bytes[kind]}`);
      const note = (how, found) => faults.push(...found.map((fault) => `${address}, ${how}: ${fault}`));

      note('at 320 px', await fits(page));
      const letters = await context.newCDPSession(page);
      await letters.send('Page.enable');
      await letters.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
      await page.setViewportSize({ width: 360, height: 800 });
      expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('32px');
      note('letters of 200 %', await fits(page));
      await letters.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } });
      await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
      note('without colours', [...await bare(page), ...await fits(page)]);
      await context.close();
    }
    console.log(weights.map(([address, all, scripts]) => `${address.padEnd(40)} ${(all / 1000).toFixed(1).padStart(6)} kB ${(scripts / 1000).toFixed(1).padStart(5)} kB of scripts`).join('\n'));
    expect(faults).toEqual([]);
    people.wellBehaved();
  } finally {
    await people.close();
    await app.stop();
  }
});

test('a page that is too wide, cut, small or heavy is found', async ({ browser }) => {
  const page = await (await browser.newContext({ viewport: narrow })).newPage();
  try {
    await page.setContent(`<meta name="viewport" content="width=device-width"><body><p style="width:600px">lebar sekali di sini, ${'kata '.repeat(40)}</p>
      <p style="overflow:hidden;height:1em">satu<br>dua<br>tiga</p><button style="min-height:0;height:20px;border:0;padding:0">kecil</button>
      <a class="button" href="#" style="display:block;height:40px">rendah</a><div id="putar">x</div>`);
    await page.evaluate(() => document.getElementById('putar').animate([{ opacity: 0 }, { opacity: 1 }], { duration: 1e6, iterations: Infinity }));
    const found = (await fits(page)).join('\n');
    for (const word of ['scrolls sideways', 'outside', 'cut', 'small', 'low']) expect(found).toContain(word);
    const lost = (await bare(page)).join('\n');
    for (const word of ['without an edge', 'moves']) expect(lost).toContain(word);
  } finally {
    await page.context().close();
  }
});
