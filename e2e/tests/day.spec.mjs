// A maker's day at phone width: orders come in, are made, packed, sent and handed
// over, and a jar goes over the garden fence. Then the same work by keyboard only.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Inspector } from '../support/inspect.mjs';
import { follow, heading, People, press, rupiah, says } from '../support/people.mjs';
import { art, toGateway } from '../support/story.mjs';

test.describe.configure({ mode: 'serial', timeout: 600_000 });

const shop = 'KUBE Dapur Gayeng';
const price = 55_000;

let app;
test.beforeAll(async () => {
  app = await startApp();
});
test.afterAll(() => app?.stop());

// during runs a part of the day, and proves every row after it.
async function during(browser, part) {
  const people = new People(app, browser);
  try {
    await part(people);
    people.wellBehaved();
    await app.audit();
  } finally {
    await people.close();
  }
}

// buys is somebody who orders and pays jars of nastar; resolves to her page and
// where her order stands.
async function buys(people, { name, phone }, jars, method) {
  const page = await people.newcomer(name);
  await page.goto('/produk/nastar');
  await page.getByLabel('Jumlah').fill(String(jars));
  await press(page, 'Masukkan keranjang');
  await heading(page, 'Keranjang');
  await follow(page, 'Lanjut ke pembayaran');
  await page.getByLabel('Nama Anda').fill(name);
  await page.getByLabel('Nomor HP', { exact: true }).fill(phone);
  for (const [list, label] of [['Provinsi', 'Jawa Timur'], ['Kabupaten atau kota', 'Kota Surabaya'], ['Kecamatan', 'Semampir']]) {
    await page.getByLabel(list, { exact: true }).selectOption({ label });
  }
  await page.getByLabel('Jalan dan nomor rumah').fill('Jalan Contoh 7, RT 004/RW 001');
  await page.getByRole('group', { name: shop }).getByLabel(method).check();
  const total = jars * price + (method === 'Kurir' ? 27_000 : 0);
  await expect(page.getByRole('complementary', { name: 'Ringkasan' })).toContainText(rupiah(total));
  await press(page, 'Pesan dan bayar');
  await toGateway(page, total);
  await follow(page, 'QRIS');
  await press(page, `Bayar ${rupiah(total)} (simulasi)`);
  await heading(page, 'Pembayaran diterima');
  const order = await page.getByRole('region', { name: 'Pesanan Anda' }).getByRole('link', { name: shop }).getAttribute('href');
  return { page, order };
}

// toMake says how many pieces of a product the production list asks for in all: its
// first line, of the only day or of all days together.
const toMake = async (page, pieces, name) => {
  const first = page.locator('.work-list li').first();
  await expect(first.locator('.pieces')).toHaveText(String(pieces));
  await expect(first).toContainText(name);
};

test('a day of orders, and a jar sold to a neighbour', async ({ browser }) => {
  await during(browser, async (people) => {
    const { inspect, faults } = new Inspector();
    const wulan = await buys(people, { name: 'Wulan Prasetyo', phone: '0812-0000-0077' }, 3, 'Kurir');
    const dewi = await buys(people, { name: 'Dewi Anggraini', phone: '0812-0000-0078' }, 2, 'Ambil sendiri');

    // What came in, and what it makes to bake.
    const lastri = await people.demo('maker');
    await heading(lastri, shop);
    await says(lastri, '2 pesanan baru');
    await lastri.getByRole('link', { name: /^Yang harus dibuat/ }).click();
    await heading(lastri, 'Yang harus dibuat');
    await toMake(lastri, 5, 'Nastar');
    await expect(lastri.locator('.work-orders').getByRole('link')).toHaveCount(2);
    await inspect(lastri, 'production list');

    // Baked, packed and sent, with a photo and the number from the slip.
    await lastri.goto('/toko-saya/pesanan');
    await press(lastri, /^3 Nastar/);
    await press(lastri, 'Mulai dikerjakan');
    await says(lastri, 'Selamat mengerjakan.');
    await press(lastri, 'Barang sudah siap');
    await says(lastri, 'Bagus. Barang tercatat siap.');
    await lastri.goto('/toko-saya/produksi');
    await toMake(lastri, 2, 'Nastar');
    await lastri.getByRole('region', { name: 'Kemas dan kirim' }).getByRole('link', { name: '3 Nastar' }).click();
    await lastri.getByLabel('Foto barang atau paket').setInputFiles(art('p01-nastar'));
    await lastri.getByLabel('Nama kurir').fill('JNE');
    await press(lastri, 'Sudah dikirim'); // the number is forgotten
    await says(lastri, 'Tulis nomor resi dari kurir.');
    await expect(lastri.getByLabel('Nama kurir')).toHaveValue('JNE');
    await lastri.getByLabel('Nomor resi').fill('JP1234567890');
    await press(lastri, 'Sudah dikirim');
    await says(lastri, 'Pesanan tercatat dikirim. Pembeli sudah diberi tahu.');
    await expect(lastri.getByRole('region', { name: 'Perjalanan pesanan' }).locator('.photo-steps img')).toHaveCount(1); // kept from the first try, once
    await inspect(lastri, 'sent, with a photo');
    await wulan.page.goto(wulan.order);
    await heading(wulan.page, 'Sedang dalam perjalanan');
    await says(wulan.page, 'JP1234567890');

    // One of two jars cannot be made: what that means is said first.
    await lastri.goto('/toko-saya/pesanan');
    await press(lastri, /^2 Nastar/);
    await follow(lastri, 'Tidak sanggup');
    await lastri.getByLabel('Berapa yang tidak sanggup?').fill('1');
    await lastri.getByLabel('Apa alasannya?').fill('Nanasnya kurang satu.');
    await press(lastri, 'Lihat uang yang kembali');
    await heading(lastri, 'Kembalikan uang pembeli?');
    await says(lastri, rupiah(price));
    await says(lastri, /lima puluh lima ribu rupiah/i);
    await says(lastri, `Sisanya tetap dikerjakan, senilai ${rupiah(price)}.`);
    await press(lastri, 'Ya, kembalikan uangnya');
    await says(lastri, 'Sudah dicatat. Uang pembeli dikembalikan.');
    await dewi.page.goto(dewi.order);
    await says(dewi.page, `${rupiah(price)} dikembalikan kepada Anda.`);

    // The other is collected with the buyer's code.
    await press(lastri, 'Mulai dikerjakan');
    await press(lastri, 'Barang sudah siap');
    await says(lastri, 'Bagus. Barang tercatat siap.');
    await dewi.page.goto(dewi.order);
    const code = await dewi.page.locator('b.code').textContent();
    await lastri.goto('/toko-saya/produksi');
    await says(lastri, 'Tidak ada yang harus dibuat');
    await lastri.getByRole('region', { name: 'Serahkan' }).getByRole('link', { name: '1 Nastar' }).click();
    await lastri.getByLabel('Kode dari pembeli').fill(code);
    await press(lastri, 'Serahkan barang');
    await says(lastri, 'Pesanan sudah diserahkan.');
    await dewi.page.goto(dewi.order);
    await heading(dewi.page, 'Sudah Anda ambil');

    // A neighbour takes a jar and pays at the door: three taps, and back again.
    const free = async () => {
      await lastri.goto('/toko-saya/jual');
      const [, period, pieces] = /^(.+): bebas (\d+)$/.exec(await lastri.getByRole('link', { name: /Nastar/ }).locator('small').textContent());
      return { period, pieces: Number(pieces) };
    };
    const before = await free();
    await lastri.goto('/toko-saya');
    let taps = 0;
    const tap = async (what) => {
      taps++;
      await what.click();
    };
    await tap(lastri.getByRole('link', { name: 'Catat penjualan', exact: true }));
    await heading(lastri, 'Apa yang terjual?');
    await tap(lastri.getByRole('link', { name: /Nastar/ }));
    await heading(lastri, 'Catat penjualan');
    await tap(lastri.getByRole('button', { name: 'Catat', exact: true }));
    await heading(lastri, 'Terjual');
    expect(taps).toBe(3);
    await says(lastri, 'Penjualan dicatat.');
    await says(lastri, 'Dari Tetangga');
    const sale = lastri.url();
    await inspect(lastri, 'a sale written down');
    expect(await free()).toEqual({ ...before, pieces: before.pieces - 1 });
    await lastri.goto(sale);
    await press(lastri, 'Batalkan catatan ini');
    await says(lastri, 'Catatan dibatalkan. Stok dan uang kembali seperti semula.');
    await heading(lastri, 'Catatan dibatalkan');
    expect(await free()).toEqual(before);

    // Too many: what is free is said, what was typed stays.
    await lastri.getByRole('link', { name: /Nastar/ }).click();
    await lastri.getByLabel('Berapa?').fill('9999');
    await lastri.getByLabel('Pasar').check();
    await press(lastri, 'Catat');
    await says(lastri, /^Tinggal \d+ toples 500 g yang bebas\. Selebihnya sudah dipesan orang\.$/);
    await expect(lastri.getByLabel('Berapa?')).toHaveValue('9999');
    await expect(lastri.getByLabel('Pasar')).toBeChecked();
    await inspect(lastri, 'a sale of too many');
    expect(faults).toEqual([]);
  });
});

// Keys works a page as somebody who cannot use a mouse or touch.
class Keys {
  constructor(page) {
    this.page = page;
  }

  // to goes on with Tab until the element has the focus, and sees that it shows.
  async to(what) {
    await expect(what).toBeVisible();
    for (let n = 0; n < 80; n++) {
      await this.page.keyboard.press('Tab');
      if (await what.evaluate((e) => e === document.activeElement)) {
        const ring = await what.evaluate((e) => {
          const marks = [e, ...(e.labels ?? []), e.closest('label')].filter(Boolean).map((one) => getComputedStyle(one));
          return e.matches(':focus-visible') && marks.some((s) => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none');
        });
        expect([`${what}`, ring]).toEqual([`${what}`, true]);
        return;
      }
    }
    throw new Error(`${what} was never reached with Tab at ${this.page.url()}`);
  }

  async press(what, key = 'Enter') {
    await this.to(what);
    await this.page.keyboard.press(key);
  }

  async button(name) {
    await this.press(this.page.getByRole('button', { name, exact: true }), 'Space');
  }

  async link(name) {
    await this.press(this.page.getByRole('link', { name }).first());
  }

  async type(label, words) {
    await this.to(this.page.getByLabel(label));
    await this.page.keyboard.type(words);
  }
}

// sees gives a browser without one a camera in front of a parcel with these codes, read
// one after the other.
function sees(codes) {
  window.BarcodeDetector = class {
    async detect() {
      return [{ rawValue: codes.length > 1 ? codes.shift() : codes[0] }];
    }
  };
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.getContext('2d').fillRect(0, 0, 8, 8);
    window.camera = canvas.captureStream(1);
    return window.camera;
  };
}

test('the day of orders by keyboard only', async ({ browser }) => {
  await during(browser, async (people) => {
    const buyer = await buys(people, { name: 'Sari Utami', phone: '0812-0000-0079' }, 3, 'Kurir');
    const page = await people.newcomer('Lastri');
    await page.addInitScript(sees, ['https://kurir.example/JP0987654321', 'GUDANG', 'JP0987654321']);
    const keys = new Keys(page);
    const { phone, password } = app.accounts.maker;
    await page.goto('/masuk');
    await keys.type('Nomor HP', phone);
    await page.keyboard.press('Enter');
    await heading(page, /./);
    await keys.type('Kata sandi', password);
    await page.keyboard.press('Enter');
    await heading(page, shop);

    await keys.link(/^Yang harus dibuat/);
    await heading(page, 'Yang harus dibuat');
    await keys.press(page.locator('.work-orders').getByRole('link').first());
    await heading(page, 'Pesanan baru, sudah dibayar');
    await keys.button('Mulai dikerjakan');
    await says(page, 'Selamat mengerjakan.');
    await keys.button('Barang sudah siap');
    await says(page, 'Bagus. Barang tercatat siap.');
    await keys.link('Kirim barang');
    await keys.type('Nama kurir', 'JNE');
    await keys.button('Pindai nomor resi');
    await expect(page.getByLabel('Nomor resi')).toHaveValue('JP0987654321');
    await expect(page.getByLabel('Nomor resi')).toBeFocused();
    expect(await page.evaluate(() => window.camera.getTracks().map((track) => track.readyState)), 'the camera is off again').toEqual(['ended']);
    await keys.to(page.getByLabel('Foto barang atau paket'));
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')]);
    await chooser.setFiles(art('p01-nastar'));
    await keys.button('Sudah dikirim');
    await says(page, 'Pesanan tercatat dikirim. Pembeli sudah diberi tahu.');
    await buyer.page.goto(buyer.order);
    await heading(buyer.page, 'Sedang dalam perjalanan');
    await says(buyer.page, 'JP0987654321');

    // And a jar over the fence.
    await keys.link('Beranda');
    await heading(page, shop);
    await keys.link('Catat penjualan');
    await keys.link(/Nastar/);
    await heading(page, 'Catat penjualan');
    await keys.to(page.getByLabel('Tetangga'));
    await page.keyboard.press('ArrowDown');
    await expect(page.getByLabel('Pasar')).toBeChecked();
    await keys.button('Catat');
    await heading(page, 'Terjual');
    await says(page, 'Dari Pasar');
    await keys.button('Batalkan catatan ini');
    await heading(page, 'Catatan dibatalkan');
  });
});

test('a part that cannot be made and the hand-over, by keyboard only', async ({ browser }) => {
  await during(browser, async (people) => {
    const buyer = await buys(people, { name: 'Ratih Kusuma', phone: '0812-0000-0080' }, 2, 'Ambil sendiri');
    const page = await people.newcomer('Lastri');
    const keys = new Keys(page);
    const { phone, password } = app.accounts.maker;
    await page.goto('/masuk');
    await keys.type('Nomor HP', phone);
    await page.keyboard.press('Enter');
    await heading(page, /./);
    await keys.type('Kata sandi', password);
    await page.keyboard.press('Enter');
    await heading(page, shop);
    await keys.link(/^Yang harus dibuat/);
    await heading(page, 'Yang harus dibuat');
    await keys.press(page.locator('.work-orders').getByRole('link').first());
    await heading(page, 'Pesanan baru, sudah dibayar');

    await keys.link('Tidak sanggup');
    await keys.type('Berapa yang tidak sanggup?', '1');
    await keys.type('Apa alasannya?', 'Nanasnya kurang satu.');
    await keys.button('Lihat uang yang kembali');
    await heading(page, 'Kembalikan uang pembeli?');
    await keys.button('Ya, kembalikan uangnya');
    await says(page, 'Sudah dicatat. Uang pembeli dikembalikan.');

    await keys.button('Mulai dikerjakan');
    await says(page, 'Selamat mengerjakan.');
    await keys.button('Barang sudah siap');
    await says(page, 'Bagus. Barang tercatat siap.');
    await buyer.page.goto(buyer.order);
    await says(buyer.page, `${rupiah(price)} dikembalikan kepada Anda.`);
    const code = await buyer.page.locator('b.code').textContent();
    await keys.link('Serahkan dengan kode');
    await keys.type('Kode dari pembeli', code);
    await keys.button('Serahkan barang');
    await says(page, 'Pesanan sudah diserahkan.');
    await buyer.page.goto(buyer.order);
    await heading(buyer.page, 'Sudah Anda ambil');
  });
});
