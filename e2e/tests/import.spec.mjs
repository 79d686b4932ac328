// An officer of a workshop lists many products from a spreadsheet: with mistakes, mended,
// stored, and sent once more. Then one product is closed until a day and opened again.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { follow, heading, People, press, reloadUntil, says, signIn } from '../support/people.mjs';

const lastri = { phone: '0812-0000-0020', password: 'oven-hangat-20' };

test.use({ viewport: { width: 360, height: 740 } });

test('a list of products with mistakes, then right; a product closed until a day', async ({ browser }) => {
  test.setTimeout(420_000);
  const app = await startApp({ pastOrders: 0 });
  const people = new People(app, browser);
  try {
    const page = await people.newcomer('Lastri', { viewport: { width: 360, height: 740 } });
    await signIn(page, lastri);
    await page.goto('/toko-saya/produk');
    await follow(page, 'Banyak produk sekaligus');
    await heading(page, 'Banyak produk sekaligus');
    const send = async (...lines) => {
      const buffer = Buffer.from(`\ufeffnama;jenis;harga;jumlah\r\n${lines.join('\r\n')}\r\n`);
      await page.getByLabel(/^(Daftar produk|Kirim daftar yang sudah diperbaiki)/).setInputFiles({ name: 'daftar.csv', mimeType: 'text/csv', buffer });
      await press(page, 'Periksa daftar');
    };
    await send('Semprit bunga;Kue kering;35rb;24', 'Sagu mawar;Kue keringg;40.000;2 lusin', 'Sagu mawar;Kue kering;40;12');
    await says(page, 'Perbaiki 2 baris');
    await says(page, 'Baris 3, Sagu mawar');
    await says(page, '"2 lusin": tulis 24.');
    await says(page, 'Harga "40": tulis 40.000, atau Rp40.');
    await expect(page.getByRole('button', { name: 'Simpan semua' })).toHaveCount(0);
    const right = ['Semprit bunga;Kue kering;35rb;24', 'Sagu mawar;Kue kering;40.000;24'];
    await send(...right);
    await heading(page, '2 produk sudah benar');
    await press(page, 'Simpan semua');
    await says(page, '2 produk disimpan. Tambahkan fotonya satu per satu.');
    await expect(page.getByRole('link', { name: /Semprit bunga/ })).toBeVisible();

    // The same list once more.
    await follow(page, 'Banyak produk sekaligus');
    await send(...right);
    await heading(page, '2 produk sudah benar');
    await press(page, 'Simpan semua');
    await says(page, 'Semua 2 produk ini sudah ada. Tidak ada yang ditambah.');
    await expect(page.getByRole('link', { name: /Semprit bunga/ })).toHaveCount(1);

    // One that is on sale is closed until a day; its page says when it opens.
    await page.getByRole('link', { name: /Sudah tayang/ }).first().click();
    const at = new URL(page.url()).pathname;
    await follow(page, 'Tutup sampai tanggal');
    await heading(page, 'Kapan bisa dipesan lagi?');
    const day = page.getByLabel('Buka lagi tanggal');
    await day.fill(await day.getAttribute('max'));
    await press(page, 'Simpan');
    await says(page, /^Produk ditutup\. Buka sendiri tanggal/);
    await page.goto(await page.locator('a[href^="/produk/"]').first().getAttribute('href'));
    await reloadUntil(page, () => expect(page.getByText(/^Produk ini tutup sampai/)).toBeVisible({ timeout: 2000 }));
    await page.goto(at);
    await press(page, 'Buka sekarang');
    await says(page, 'Produk bisa dipesan lagi.');
    people.wellBehaved();
    await app.audit();
  } finally {
    await people.close();
    await app.stop();
  }
});
