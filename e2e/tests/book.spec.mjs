// A maker keeps her cash book on a phone: what she types is understood, a photo and a
// habit button spare typing, a wrong line is put right, and the month can be read and
// taken along. What a piece earns is told from what it costs.

import { expect, test } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { startApp } from '../support/app.mjs';
import { follow, heading, People, press, says, signIn } from '../support/people.mjs';
import { art } from '../support/story.mjs';
import { Inspector } from '../support/inspect.mjs';

const euis = { phone: '0812-0000-0023', password: 'jahitan-kuat-23' };
const book = '/toko-saya/buku';

test('a month of the cash book is typed, put right, read and taken along', async ({ browser }) => {
  test.setTimeout(240_000);
  const app = await startApp({ pastOrders: 0 });
  const people = new People(app, browser);
  const inspector = new Inspector();
  try {
    const page = await people.newcomer('maker');
    await page.setViewportSize({ width: 360, height: 740 });
    await signIn(page, euis);
    await page.goto(book);
    await says(page, 'Belum ada catatan bulan ini.');
    await inspector.inspect(page, 'a book with nothing in it');

    await page.goto(`${book}/catat`);
    await press(page, 'Simpan');
    await expect(page.getByRole('alert')).toBeVisible();
    await inspector.inspect(page, 'a faulty line');
    const write = async (kind, amount, words, photo) => {
      await page.goto(`${book}/catat`);
      await page.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
      await page.getByLabel('Berapa rupiah?').fill(amount);
      await page.getByLabel(/^Keterangan/).fill(words);
      if (photo) await page.locator('input[type=file]').first().setInputFiles(photo);
      await press(page, 'Simpan');
      await heading(page, /^Buku kas /);
    };
    await write('Bahan', '35rb', 'Benang jahit');
    await says(page, 'Rp35.000 sudah tercatat.');
    await write('Bahan', 'Rp 35.000,-', 'Benang jahit', art('p01-nastar'));
    await write('Upah', '100.000', 'Upah potong kain');

    await press(page, 'Benang jahit Rp35.000'); // written twice: now it is a button
    await says(page, 'Rp35.000 sudah tercatat.');
    const glance = page.locator('.book-glance');
    await expect(glance).toContainText('Rp205.000');
    await expect(glance).toContainText('−Rp205.000');
    await inspector.inspect(page, 'a book with lines');

    await page.getByRole('link', { name: /^Betulkan Upah potong kain/ }).click();
    await page.getByLabel('Berapa rupiah?').fill('90rb');
    await press(page, 'Betulkan');
    await heading(page, /^Buku kas /);
    await expect(page.locator('.book del').first()).toBeVisible();
    await expect(glance).toContainText('−Rp195.000');

    const [sheet] = await Promise.all([page.waitForEvent('download'), follow(page, 'Unduh catatan bulan ini (XLSX)')]);
    expect(sheet.suggestedFilename()).toMatch(/^buku-kas-.*\.xlsx$/);
    expect((await readFile(await sheet.path())).subarray(0, 2).toString()).toBe('PK');

    await follow(page, 'Untung tiap produk');
    await heading(page, 'Untung tiap produk');
    await follow(page, 'Isi biaya');
    await press(page, 'Simpan');
    await expect(page.getByRole('alert')).toBeVisible();
    await inspector.inspect(page, 'a faulty cost');
    await page.getByLabel('Untuk berapa buah?').fill('10');
    await page.getByLabel(/^Bahan/).fill('200rb');
    await page.getByLabel(/^Upah/).fill('150.000');
    await press(page, 'Simpan');
    await says(page, 'Rp35.000 satu buah.');
    await inspector.inspect(page, 'what a piece earns');
    expect(inspector.faults).toEqual([]);
    people.wellBehaved();
    await app.audit();
  } finally {
    await people.close();
    await app.stop();
  }
});
