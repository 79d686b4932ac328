// "Minta harga" as one story at phone width, with and without scripts: from the
// wish to the shop's order.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Inspector } from '../support/inspect.mjs';
import { People, follow, heading, press, reloadUntil, rupiah, says } from '../support/people.mjs';

test.describe.configure({ mode: 'parallel', timeout: 600_000 });

for (const js of [true, false]) {
  test(`from the wish to the order, ${js ? 'with' : 'without'} scripts`, async ({ browser }) => {
    const app = await startApp();
    const people = new People(app, browser, { js });
    const inspector = new Inspector();
    const look = async (page, name) => {
      if (process.env.LAPAK_LOOK) await page.screenshot({ path: `${process.env.LAPAK_LOOK}/${name}-${js}.png`, fullPage: true });
      if (js) await inspector.inspect(page, name);
    };
    try {
      const buyer = await people.newcomer('buyer');
      await buyer.goto('/toko/kube-dapur-gayeng');
      await buyer.locator('.card a').first().click();
      await follow(buyer, 'Butuh lebih banyak? Minta harga');
      await heading(buyer, 'Minta harga');
      await look(buyer, 'ask');
      await buyer.getByLabel('Apa yang dibuat').fill('Hantaran rapat desa');
      await buyer.getByLabel('Jumlah', { exact: true }).fill('12');
      await buyer.locator('summary', { hasText: 'Beda-beda ukuran?' }).click();
      await buyer.getByLabel('Ukuran 1', { exact: true }).fill('Kecil');
      await buyer.getByLabel('Jumlah ukuran 1').fill('5');
      await buyer.getByLabel('Ukuran 2', { exact: true }).fill('Besar');
      await buyer.getByLabel('Jumlah ukuran 2').fill('5');
      await buyer.getByLabel('Gambar contoh').setInputFiles({ name: 'contoh.png', mimeType: 'image/png', buffer: dot });
      await press(buyer, 'Kirim permintaan');
      await says(buyer, 'Jumlah semua ukuran 10, tetapi jumlah seluruhnya 12. Samakan dulu.');
      await says(buyer, '1 gambar sudah tersimpan bersama formulir ini.');
      await look(buyer, 'ask-faulty');
      await buyer.getByLabel('Jumlah', { exact: true }).fill('10');
      const choose = async (list, label, button) => {
        await buyer.getByLabel(list, { exact: true }).selectOption({ label });
        if (!js && button) await press(buyer, button);
      };
      await choose('Provinsi', 'Jawa Timur', 'Tampilkan kabupaten');
      await choose('Kabupaten atau kota', 'Kota Surabaya', 'Tampilkan kecamatan');
      await choose('Kecamatan', 'Gubeng');
      await buyer.getByLabel('Nama Anda').fill('Wisnu');
      await buyer.getByLabel('Nomor HP', { exact: true }).fill('0812-0000-0077');
      await buyer.getByLabel('Lembaga atau instansi').fill('Desa Tirta');
      await press(buyer, 'Kirim permintaan');
      await heading(buyer, 'Permintaan Anda sudah sampai di toko');
      const letter = buyer.url();
      await look(buyer, 'asked');

      const maker = await people.demo('maker');
      await maker.goto('/toko-saya');
      await maker.getByRole('link', { name: '1 permintaan harga' }).click();
      await maker.getByRole('link', { name: 'Hantaran rapat desa' }).click();
      await heading(maker, 'Hantaran rapat desa');
      await says(maker, 'Desa Tirta');
      await expect(maker.getByRole('link', { name: 'Gambar contoh 1' })).toBeVisible();
      await look(maker, 'request');
      await press(maker, 'Kirim penawaran');
      await says(maker, 'Pilih cara pengiriman.');
      await maker.getByLabel('Harga satuan').fill('50.000');
      await maker.getByLabel('Kurir').check();
      await maker.getByLabel('Ongkos kirim').fill('30.000');
      await maker.getByLabel('Siap tanggal').fill(new Date(Date.now() + 20 * 864e5).toISOString().slice(0, 10));
      await press(maker, 'Kirim penawaran');
      await says(maker, 'Penawaran sudah dikirim ke pembeli.');
      await look(maker, 'request-answered');

      const total = 10 * 50_000 + 30_000;
      await buyer.goto(letter);
      await heading(buyer, 'Ada penawaran untuk Anda');
      await says(buyer, rupiah(total));
      await look(buyer, 'offer');
      await press(buyer, 'Setuju dan bayar');
      await says(buyer, 'Isi jalan dan nomor rumah.');
      await buyer.getByLabel('Jalan dan nomor rumah').fill('Jl. Karimata 9');
      await press(buyer, 'Setuju dan bayar');
      await follow(buyer, 'QRIS');
      await press(buyer, `Bayar ${rupiah(total)} (simulasi)`);
      await expect(buyer).toHaveURL(letter);
      await reloadUntil(buyer, () => expect(buyer.getByRole('link', { name: 'Ikuti pesanan' })).toBeVisible({ timeout: 500 }));
      await look(buyer, 'paid');
      await follow(buyer, 'Ikuti pesanan');
      await says(buyer, 'Hantaran rapat desa, ukuran Kecil');

      await maker.goto('/toko-saya/pesanan');
      await maker.getByRole('button', { name: 'Hantaran rapat desa' }).click();
      await heading(maker, 'Pesanan baru, sudah dibayar');
      people.wellBehaved();
      expect(inspector.faults).toEqual([]);
      await app.audit();
    } finally {
      await people.close();
      await app.stop();
    }
  });
}

// A picture of 64 × 64 pixels.
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsItjMMMaywi+hcEKLNP1WgQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQELgs8cEE8bm5mmwAAAABJRU5ErkJggg==',
  'base64',
);
