// A maker lists a product at 360 px: in six screens, with a signal that goes away in
// the middle of a photo, and without scripts.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Inspector } from '../support/inspect.mjs';
import { choosePhoto, heading, People, press, reloadUntil, says } from '../support/people.mjs';
import { art } from '../support/story.mjs';

test.describe.configure({ timeout: 240_000 });

const heic = { name: 'IMG_0042.HEIC', mimeType: 'image/heic', buffer: Buffer.from('\0\0\0\x24ftypheic\0\0\0\0mif1heic', 'latin1') };
const pdf = { name: 'harga.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n') };

for (const js of [true, false]) {
  test(`a product is listed in six screens, ${js ? 'with a lost signal' : 'without scripts'}`, async ({ browser }) => {
    const app = await startApp();
    const people = new People(app, browser, { js });
    const inspector = new Inspector();
    const look = async (page, name) => js && inspector.inspect(page, name);
    try {
      const page = await people.demo('maker');
      await page.goto('/toko-saya/produk');
      await press(page, 'Tambah produk baru');
      await heading(page, 'Foto produknya dulu');
      const screens = new Set();
      const count = () => screens.add(new URL(page.url()).pathname);
      count();
      if (js) {
        for (const file of [heic, pdf]) {
          await page.getByLabel('Pilih dari galeri').setInputFiles(file);
          await expect(page.locator('[data-upload=refused]').last()).toContainText(`${file.name} `);
        }
        await page.reload();
        await page.context().setOffline(true);
        await page.getByLabel('Pilih dari galeri').setInputFiles(art('p05-lidah-kucing-after'));
        await expect(page.locator('[data-upload=waiting]')).toContainText('Foto aman di HP ini.');
        await page.context().setOffline(false);
        await expect(page.getByRole('heading', { name: 'Foto sekarang: 1 dari 12' })).toBeVisible({ timeout: 60_000 });
        await page.reload();
        await expect(page.locator('.photos > li')).toHaveCount(1); // it came once
      } else {
        for (const file of [heic, pdf]) {
          await page.getByLabel('Pilih dari galeri').setInputFiles(file);
          await press(page, 'Lanjut');
          await expect(page.getByRole('alert')).toContainText(`${file.name} `);
        }
        await choosePhoto(page, art('p05-lidah-kucing-after'), false);
      }
      await press(page, 'Lanjut');
      await heading(page, 'Ini produk apa?');
      await look(page, 'kinds');
      count();
      await press(page, 'Kue kering');
      await heading(page, 'Apa nama produknya?');
      count();
      await page.getByLabel('Nama produk').fill('Lidah kucing pandan');
      await press(page, 'Lanjut');
      await heading(page, 'Berapa harganya?');
      count();
      await page.getByLabel('Harga', { exact: true }).fill('35rb');
      await press(page, 'Lanjut');
      await heading(page, 'Ada berapa?');
      count();
      await page.getByLabel('Jumlah', { exact: true }).fill('2 lusin');
      await press(page, 'Lanjut');
      await says(page, '2 lusin itu 24 buah, benar?');
      await look(page, 'amount, asked back');
      await press(page, 'Ya, 24 buah');
      await heading(page, 'Lidah kucing pandan');
      count();
      await says(page, 'Rp35.000 (tiga puluh lima ribu rupiah)');
      await says(page, '24 buah');
      expect(screens.size).toBeLessThanOrEqual(6);
      const draft = page.url();
      await page.goto(`${draft}/foto?review=1`);
      await reloadUntil(page, () => expect(page.locator('[data-state=true]')).toHaveCount(0, { timeout: 500 })); // its sizes are made
      await look(page, 'photos');
      await page.getByRole('link', { name: /Atur foto/ }).click();
      await heading(page, 'Atur foto 1');
      await look(page, 'shape');
      await press(page, 'Ke kanan');
      await expect(page.getByRole('button', { name: 'Kembalikan foto asli' })).toBeVisible();
      await page.goto(draft);
      await press(page, 'Kirim ke petugas');
      await says(page, 'Terkirim. Petugas akan memeriksanya.');

      // One like it: everything but how many is there already.
      await page.goto('/toko-saya/produk/1');
      const name = await page.getByRole('heading', { level: 1 }).textContent();
      await press(page, 'Buat yang mirip');
      await heading(page, 'Apa nama produknya?');
      await expect(page.getByLabel('Nama produk')).toHaveValue(name);
      await page.getByLabel('Nama produk').fill(`${name} mini`);
      await press(page, 'Lanjut');
      await heading(page, 'Berapa harganya?');
      await press(page, 'Lanjut');
      await heading(page, 'Ada berapa?');
      await expect(page.getByLabel('Jumlah', { exact: true })).toHaveValue('');
      expect(inspector.faults).toEqual([]);
      if (!js) people.wellBehaved(); // a lost signal and a refused file are failed requests
      await app.audit();
    } finally {
      await people.close();
      await app.stop();
    }
  });
}
