// Every page, in the states people meet it in: accessible by axe, free of
// errors, fitting a small phone and light enough for a slow line.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Inspector } from '../support/inspect.mjs';
import { People, press, reloadUntil } from '../support/people.mjs';
import { Story } from '../support/story.mjs';

// A busy machine may need long; a quiet one takes a minute for the longest.
test.describe.configure({ timeout: 600_000 });

test.describe('pages', () => {
  let app;
  test.beforeAll(async () => {
    app = await startApp();
  });
  test.afterAll(() => app?.stop());

  test('axe finds nothing on any screen of the main journey', async ({ browser }) => {
    const inspector = new Inspector();
    const story = new Story(app, browser, { js: true, look: inspector.inspect });
    try {
      for (const step of [
        'invite', 'firstSignIn', 'list', 'giveBack', 'mend', 'approve', 'fillCart', 'checkOut', 'pay', 'lastriSends', 'cannotMakeOne',
        'takeRefund', 'handOver', 'receive', 'review', 'messages', 'earn', 'withdraw', 'payOut', 'statement',
      ]) await story[step]();
      expect(inspector.faults).toEqual([]);
      story.people.wellBehaved();
    } finally {
      await story.end();
    }
  });

  // address, and the answer it should have
  const visits = {
    'a visitor': [
      ['/produk'], ['/produk?q=tidakadayangbegini'], ['/produk?harga_min=abc&tersedia=ya', 422], ['/produk?kategori=kue-kering&wilayah=35&urut=termurah'],
      ['/kategori/camilan'], ['/toko/kube-dapur-gayeng'], ['/produk/rengginang'], ['/keranjang'], ['/antrean?produk=rengginang&jumlah=9999'], ['/pesanan'], ['/pesanan?terkirim=1'],
      ['/koleksi'], ['/koleksi/untuk-meja-lebaran'], ['/en/koleksi/untuk-meja-lebaran'], ['/produk/nastar/ulasan'], ['/ulasan/lapor?terkirim=1'], ['/bantuan'], ['/privasi'], ['/syarat'], ['/pengaduan'], ['/pengaduan/tidak-ada', 404], ['/daftar'], ['/en/daftar'], ['/daftar?terkirim=1'], ['/minta-harga'], ['/minta-harga?produk=nastar&jumlah=900'], ['/en/minta-harga'], ['/penawaran/tidakada', 404], ['/masuk'], ['/produk/tidak-ada', 404], ['/pembayaran/tidakada', 404], ['/tidak/ada', 404],
    ],
    officer: [
      ['/dinas'], ['/dinas?periode=2025&wilayah=35.19'], ['/dinas/rincian?isi=sepi'], ['/dinas/perajin'], ['/dinas/perajin?keadaan=closed'], ['/dinas/perajin?q=zzz'], ['/dinas/undang'], ['/dinas/perajin/1'], ['/dinas/perajin/1/cerita'], ['/dinas/perajin/1/anggota'], ['/dinas/rekening'],
      ['/dinas/izin'], ['/dinas/hapus'], ['/dinas/permintaan'], ['/dinas/pengaduan'], ['/dinas/pendaftar'], ['/dinas/tunai'], ['/dinas/tunai/99999', 404], ['/dinas/pesanan?tahap=masalah'], ['/dinas/pembukaan', 403], ['/akun'], ['/akun/sesi'], ['/akun/data'], ['/kurasi', 404],
    ],
    companion: [['/dampingan'], ['/toko-saya/pilih'], ['/dampingan/nik/1'], ['/akun'], ['/akun/sandi']],
    curator: [['/kurasi/sertifikat'], ['/kurasi/produk'], ['/kurasi/aturan'], ['/kurasi/meja'], ['/kurasi/sampel'], ['/kurasi/beranda'], ['/kurasi/beranda/pratinjau'], ['/kurasi/koleksi'], ['/kurasi/langsung'], ['/kurasi/langsung?jenis=price&curiga=1'], ['/kurasi/jadwal'], ['/kurasi/pelajaran'], ['/kurasi/pelajaran/1'], ['/kurasi/daftar-periksa'], ['/kurasi/daftar-periksa/1'], ['/kurasi/jawaban'], ['/kurasi/koleksi/1'], ['/kurasi/koleksi/1?q=nastar'], ['/kurasi/koleksi/1/pratinjau'], ['/kurasi/ulasan'], ['/kurasi/ringkasan'], ['/kurasi/ringkasan?periode=30&kategori=rajut&wilayah=36'], ['/kurasi?antrean=mine'], ['/kurasi?q=zzz'], ['/kurasi?jenis=edit']],
    finance: [['/keuangan?tab=selesai'], ['/keuangan?tab=bermasalah'], ['/keuangan'], ['/keuangan/tugas'], ['/keuangan/pencocokan'], ['/keuangan/pencairan'], ['/keuangan/pencairan/baru', 422], ['/keuangan/ringkasan'], ['/keuangan/pengembalian'], ['/keuangan/neraca'], ['/keuangan/neraca?per=kemarin', 422], ['/keuangan/neraca/akun?jenis=shop_payable'], ['/keuangan/dana'], ['/keuangan/kas'], ['/keuangan/saluran'], ['/keuangan/saluran?ubah=QRIS'], ['/keuangan/99999', 404]],
    head: [['/keuangan/periksa'], ['/dinas'], ['/dinas/permintaan'], ['/dinas/pengaduan'], ['/dinas/pendaftar'], ['/dinas/rekening'], ['/dinas/izin'], ['/dinas/hapus'], ['/dinas/pembukaan'], ['/akun'], ['/kurasi']],
    admin: [
      ['/admin'], ['/admin/petugas'], ['/admin/pengaturan'], ['/admin/pengiriman'], ['/admin/pengiriman/tarif'], ['/akun'], ['/akun/langkah-kedua'], ['/akun/sandi'], ['/akun/sesi'], ['/akun/data'], ['/akun/izin'],
      ['/dinas/izin'], ['/dinas/hapus'], ['/dinas/pembukaan'],
      ['/admin/jejak'], ['/admin/jejak?objek=shop&id=1'], ['/admin/jejak?objek=x&id=y', 422], ['/admin/kotak-keluar?status=failed'], ['/admin/sistem'], ['/admin/sistem/pekerjaan?id=0', 404],
    ],
    maker: [
      ['/toko-saya'], ['/toko-saya/jual'], ['/toko-saya/jual?produk=1'], ['/toko-saya/produksi'], ['/toko-saya/kalender'], ['/toko-saya/bagikan'], ['/toko-saya/bagikan?produk=1'], ['/toko-saya/produk'], ['/toko-saya/impor'], ['/toko-saya/produk/1'], ['/toko-saya/ulasan'], ['/toko-saya/produk/1/harga'], ['/toko-saya/produk/1/tutup'], ['/toko-saya/produk/1/kuota'], ['/toko-saya/produk/1/po'], ['/toko-saya/produk/1/wilayah'], ['/toko-saya/produk/1/bersama'], ['/toko-saya/libur'],
      ['/toko-saya/pesanan?tahap=baru'], ['/toko-saya/pesanan?tahap=selesai'], ['/toko-saya/uang'], ['/toko-saya/uang/rekening'], ['/toko-saya/uang/tarik'], ['/toko-saya/uang/tarikan'], ['/toko-saya/uang/bahan'], ['/toko-saya/uang/bulan'], ['/toko-saya/uang/bagian'], ['/toko-saya/uang/bagian/orang'], ['/toko-saya/uang/bagian/aturan'], ['/toko-saya/uang/bagian/bagi'], ['/toko-saya/anggota'], ['/toko-saya/anggota/tambah'], ['/toko-saya/anggota/setoran'], ['/toko-saya/anggota/kerja'], ['/toko-saya/anggota/atur'],
      ['/toko-saya/buku'], ['/toko-saya/buku/catat'], ['/toko-saya/buku/untung'], ['/toko-saya/buku/untung?produk=1'], ['/toko-saya/cara'], ['/toko-saya/cara/foto'], ['/akun/bagian'],
      ['/toko-saya/toko'], ['/toko-saya/pengiriman'], ['/toko-saya/pengiriman/jam'], ['/toko-saya/pengiriman/antar'], ['/toko-saya/pengiriman/kurir'], ['/toko-saya/pengiriman/batas'], ['/toko-saya/kotak-masuk'], ['/toko-saya/belajar'], ['/toko-saya/produk/1/label'], ['/toko-saya/izin/1/perpanjang'], ['/toko-saya/pengajuan/1'], ['/toko-saya/pengajuan/1/riwayat'], ['/toko-saya/belajar/menulis-alergen'], ['/toko-saya/permintaan'], ['/toko-saya/izin'], ['/akun'], ['/akun/sandi'], ['/akun/sesi'], ['/akun/data'], ['/akun/izin'], ['/toko-saya/produk/99999', 404],
    ],
  };

  for (const [who, addresses] of Object.entries(visits)) {
    test(`axe finds nothing on the other pages of ${who}`, async ({ browser }) => {
      const inspector = new Inspector();
      const people = new People(app, browser);
      try {
        const page = who === 'a visitor' ? await people.newcomer(who) : await people.demo(who);
        for (const [address, status = 200] of addresses) {
          const answer = await page.goto(address);
          expect([address, answer.status()]).toEqual([address, status]);
          await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
          await inspector.inspect(page, address);
        }
        if (who === 'a visitor') await faultyForms(page, inspector);
        if (who === 'curator') await decided(page, inspector);
        if (who === 'maker') await faultyMaker(page, inspector);
        expect(inspector.faults).toEqual([]);
        people.wellBehaved();
      } finally {
        await people.close();
      }
    });
  }

  // One submission before it is claimed, while its questions are answered with a
  // pin on a picture, and after a return that says nothing.
  async function decided(page, inspector) {
    await page.goto('/kurasi');
    await page.locator('[data-row]').first().click();
    await expect(page.locator('[data-key="c"]')).toBeVisible();
    await inspector.inspect(page, 'a submission');
    await page.locator('[data-key="c"]').click();
    await reloadUntil(page, () => expect(page.locator('.pin-photo').first()).toBeVisible({ timeout: 500 }), 240_000); // once it is prepared
    await page.locator('.pin-photo').first().click();
    await expect(page.locator('[data-pins] input:checked')).toHaveCount(1);
    await inspector.inspect(page, 'a submission that is being decided');
    await press(page, 'Kirim catatan ke pembuat');
    await expect(page.getByRole('alert')).toBeVisible();
    await inspector.inspect(page, 'a faulty return');
  }

  async function faultyMaker(page, inspector) {
    for (const address of ['/toko-saya/buku/catat', '/toko-saya/libur', '/toko-saya/anggota/tambah']) {
      await page.goto(address);
      await page.locator('main form[novalidate] [type=submit]').first().click();
      await expect(page.locator('#kesalahan')).toBeVisible();
      await inspector.inspect(page, `${address}, faulty`);
    }
  }

  async function faultyForms(page, inspector) {
    const shows = async (name) => {
      await expect(page.getByRole('alert')).toBeVisible();
      await inspector.inspect(page, name);
    };
    await page.goto('/pesanan');
    await press(page, 'Cari pesanan');
    await shows('/pesanan, faulty');
    await page.goto('/minta-harga');
    await press(page, 'Kirim permintaan');
    await shows('/minta-harga, faulty');
    await page.goto('/pengaduan');
    await press(page, 'Kirim pengaduan');
    await shows('/pengaduan, faulty');
    await page.goto('/masuk');
    await page.getByLabel('Nomor HP').fill('satu dua');
    await press(page, 'Lanjut');
    await shows('/masuk, faulty');
    await page.getByLabel('Nomor HP').fill('0812-0000-0020');
    await press(page, 'Lanjut');
    await inspector.inspect(page, 'password');
    await page.getByLabel('Kata sandi').fill('salah sekali');
    await press(page, 'Masuk');
    await shows('password, faulty');
    await page.goto('/produk/nastar');
    await page.getByLabel('Jumlah').fill('100000');
    await press(page, 'Masukkan keranjang');
    await inspector.inspect(page, 'cart, too many');
  }

  test('a picture opens over the page, and closes where one was', async ({ browser }) => {
    const inspector = new Inspector();
    const people = new People(app, browser);
    try {
      const page = await people.newcomer('a visitor');
      await page.goto('/produk/nastar');
      const picture = page.getByRole('link', { name: 'Nastar Perbesar' });
      await picture.focus();
      await page.keyboard.press('Enter');
      const large = page.getByRole('dialog', { name: 'Foto Nastar' });
      await expect(large.getByRole('img', { name: 'Nastar' })).toBeVisible();
      await inspector.inspect(page, 'a picture over the page');
      expect(inspector.faults).toEqual([]);
      await page.keyboard.press('Escape');
      await expect(large).toHaveCount(0);
      await expect(picture).toBeFocused();
      const answer = await page.request.get(await picture.getAttribute('href')); // where it leads without scripts
      expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'image/jpeg']);
      people.wellBehaved();
    } finally {
      await people.close();
    }
  });

  test('axe finds nothing on the pages beside the straight way of an order', async ({ browser }) => {
    const inspector = new Inspector();
    const people = new People(app, browser);
    try {
      const maker = await people.demo('maker');
      await maker.goto('/toko-saya/bayar');
      await maker.locator('input[name=cash]').check();
      await maker.getByRole('region', { name: 'Tunai' }).getByRole('button').click();
      await expect(maker.locator('input[name=cash]')).toBeChecked();
      await inspector.inspect(maker, 'ways to pay');
      const buyer = await people.newcomer('a buyer');
      await buyer.goto('/produk/nastar');
      await press(buyer, 'Masukkan keranjang');
      await expect(buyer.getByRole('heading', { level: 1 })).toHaveText('Keranjang');
      await buyer.goto('/checkout');
      await buyer.getByLabel('Nama Anda').fill('Bu Sari');
      await buyer.getByLabel('Nomor HP', { exact: true }).fill('0812-3456-7890');
      await buyer.getByRole('radio', { name: /^Ambil sendiri/ }).check();
      await buyer.getByRole('radio', { name: /^Bayar tunai/ }).check();
      await press(buyer, 'Pesan sekarang');
      await buyer.locator('.order-links a').click();
      await expect(buyer.locator('.code')).toBeVisible();
      const address = buyer.url();
      await inspector.inspect(buyer, 'an order to be collected and paid');
      await maker.goto('/toko-saya/pesanan?tahap=baru');
      await maker.locator('.doors .door').first().click(); // the newest
      await maker.getByRole('link', { name: 'Usulkan tanggal baru' }).click();
      await maker.locator('input[type=date]').fill(new Date(Date.now() + 90 * 864e5).toISOString().slice(0, 10));
      await maker.locator('textarea').fill('Mentega belum datang');
      await inspector.inspect(maker, 'a new date');
      await press(maker, 'Usulkan tanggal ini');
      await expect(maker.getByText('Usul Anda sudah dikirim ke pembeli.')).toBeVisible();
      await buyer.goto(address);
      await inspector.inspect(buyer, 'a new date, asked');
      await buyer.getByRole('button', { name: /^Setuju/ }).click();
      await expect(buyer.locator('button[value=setuju]')).toHaveCount(0);
      await maker.reload();
      await press(maker, 'Mulai dikerjakan');
      await press(maker, 'Barang sudah siap');
      await maker.getByRole('link', { name: 'Serahkan dengan kode' }).click();
      await maker.locator('input[name=code]').fill(await buyer.locator('.code').textContent());
      await press(maker, 'Serahkan barang');
      await expect(maker.getByText('Pesanan sudah diserahkan.')).toBeVisible();
      await buyer.goto(address);
      await inspector.inspect(buyer, 'collected');
      await buyer.getByRole('link', { name: 'Sampaikan keluhan' }).click();
      await inspector.inspect(buyer, 'a complaint');
      await buyer.locator('main form button[type=submit]').click();
      await expect(buyer.getByRole('alert')).toBeVisible();
      await inspector.inspect(buyer, 'a complaint, faulty');
      await buyer.locator('input[name=sebab]').first().check();
      await buyer.locator('textarea').fill('Satu stoples kurang');
      await buyer.locator('main form button[type=submit]').click();
      await expect(buyer.getByText('Satu stoples kurang')).toBeVisible();
      await inspector.inspect(buyer, 'a complaint, sent');
      expect(inspector.faults).toEqual([]);
      people.wellBehaved();
    } finally {
      await people.close();
    }
  });

  // What a visitor's browser fetches, in bytes on the wire.
  const budget = { html: 14_000, css: 20_000, js: 10_000, picture: 60_000 };

  for (const address of ['/', '/produk', '/kategori/kue-kering', '/produk/nastar', '/toko/kube-dapur-gayeng', '/keranjang', '/bantuan', '/masuk']) {
    test(`${address} is light`, async ({ browser }) => {
      const people = new People(app, browser);
      try {
        const page = await people.newcomer('a visitor');
        const weighed = [];
        page.on('requestfinished', (request) => {
          weighed.push(request.sizes().then(({ responseBodySize }) => ({ type: request.resourceType(), url: request.url(), size: responseBodySize })));
        });
        await page.goto(address, { waitUntil: 'networkidle' });
        const all = await Promise.all(weighed);
        expect(all.filter(({ url }) => !url.startsWith(app.url))).toEqual([]); // nobody else is told
        const sum = (type) => all.filter((one) => one.type === type).reduce((total, { size }) => total + size, 0);
        const html = sum('document');
        expect(html).toBeGreaterThan(500);
        expect(html).toBeLessThanOrEqual(budget.html);
        expect(sum('stylesheet')).toBeGreaterThan(1_000);
        expect(sum('stylesheet')).toBeLessThanOrEqual(budget.css);
        expect(sum('script')).toBeGreaterThan(100);
        expect(sum('script')).toBeLessThanOrEqual(budget.js);
        const first = await page.evaluate(() => document.querySelector('main picture img')?.currentSrc);
        if (first) {
          const { size } = all.find(({ url }) => url === first);
          expect(size).toBeGreaterThan(500);
          expect(size).toBeLessThanOrEqual(budget.picture);
        }
        people.wellBehaved();
      } finally {
        await people.close();
      }
    });
  }
});
