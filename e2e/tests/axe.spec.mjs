// Every page, in the states people meet it in: accessible by axe, free of
// errors, fitting a small phone and light enough for a slow line.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Inspector } from '../support/inspect.mjs';
import { People, press } from '../support/people.mjs';
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
        'takeRefund', 'handOver', 'receive', 'messages', 'earn', 'withdraw', 'payOut', 'statement',
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
      ['/kategori/camilan'], ['/toko/kube-dapur-gayeng'], ['/produk/rengginang'], ['/keranjang'], ['/pesanan'], ['/pesanan?terkirim=1'],
      ['/bantuan'], ['/privasi'], ['/pengaduan'], ['/masuk'], ['/produk/tidak-ada', 404], ['/pembayaran/tidakada', 404], ['/tidak/ada', 404],
    ],
    officer: [
      ['/dinas'], ['/dinas?keadaan=closed'], ['/dinas?q=zzz'], ['/dinas/undang'], ['/dinas/perajin/1'], ['/dinas/perajin/1/cerita'], ['/dinas/rekening'],
      ['/dinas/izin'], ['/dinas/hapus'], ['/dinas/pembukaan', 403], ['/akun'], ['/akun/sesi'], ['/akun/data'], ['/kurasi', 404],
    ],
    companion: [['/dampingan'], ['/toko-saya/pilih'], ['/dampingan/nik/1'], ['/akun'], ['/akun/sandi']],
    curator: [['/kurasi?antrean=mine'], ['/kurasi?q=zzz'], ['/kurasi?jenis=edit']],
    finance: [['/keuangan?tab=selesai'], ['/keuangan?tab=bermasalah'], ['/keuangan'], ['/keuangan/tugas'], ['/keuangan/99999', 404]],
    head: [['/keuangan/periksa'], ['/dinas'], ['/dinas/rekening'], ['/dinas/izin'], ['/dinas/hapus'], ['/dinas/pembukaan'], ['/akun'], ['/kurasi']],
    admin: [
      ['/admin'], ['/admin/petugas'], ['/akun'], ['/akun/langkah-kedua'], ['/akun/sandi'], ['/akun/sesi'], ['/akun/data'], ['/akun/izin'],
      ['/dinas/izin'], ['/dinas/hapus'], ['/dinas/pembukaan'],
      ['/admin/jejak'], ['/admin/jejak?objek=shop&id=1'], ['/admin/jejak?objek=x&id=y', 422], ['/admin/kotak-keluar?status=failed'], ['/admin/sistem'], ['/admin/sistem/pekerjaan?id=0', 404],
    ],
    maker: [
      ['/toko-saya'], ['/toko-saya/produk'], ['/toko-saya/produk/1'], ['/toko-saya/produk/1/harga'], ['/toko-saya/produk/1/kuota'],
      ['/toko-saya/pesanan?tahap=baru'], ['/toko-saya/pesanan?tahap=selesai'], ['/toko-saya/uang'], ['/toko-saya/uang/rekening'],
      ['/toko-saya/toko'], ['/toko-saya/pengiriman'], ['/toko-saya/kotak-masuk'], ['/akun'], ['/akun/sandi'], ['/akun/sesi'], ['/akun/data'], ['/akun/izin'], ['/toko-saya/produk/99999', 404],
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
        expect(inspector.faults).toEqual([]);
        people.wellBehaved();
      } finally {
        await people.close();
      }
    });
  }

  async function faultyForms(page, inspector) {
    const shows = async (name) => {
      await expect(page.getByRole('alert')).toBeVisible();
      await inspector.inspect(page, name);
    };
    await page.goto('/pesanan');
    await press(page, 'Cari pesanan');
    await shows('/pesanan, faulty');
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
