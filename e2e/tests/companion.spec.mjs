// A maker without a phone, from a new order to cash in her hand, by those who may:
// the companion is her hands, the officer opens doors, and she alone asks for money.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { follow, heading, People, press, reloadUntil, rupiah, says, signIn } from '../support/people.mjs';
import { art, toGateway } from '../support/story.mjs';

test.describe.configure({ mode: 'serial', timeout: 600_000 });

const shop = 'Toples Bu Wening';
const [maker, helper] = ['Wening', 'Sulastri'];
const ratna = { phone: '0812-0000-0001', password: 'pasar-minggu-01' };
const sulastri = { phone: '0812-0000-0005', password: 'jalan-desa-05' };
const agus = { phone: '0812-0000-0009', password: 'dua-tanda-09' };
const total = 2 * 22_000;

let app;
test.beforeAll(async () => {
  app = await startApp();
});
test.afterAll(() => app?.stop());

// during runs a part of the story, and proves every row after it.
async function during(browser, part) {
  const people = new People(app, browser);
  try {
    await part(people, async (name, who) => {
      const page = await people.newcomer(name);
      await signIn(page, who);
      return page;
    });
    people.wellBehaved();
    await app.audit();
  } finally {
    await people.close();
  }
}

// makerPage opens the maker among those of the officer.
async function makerPage(officer) {
  await officer.goto('/dinas/perajin?q=Wening');
  await officer.getByRole('link', { name: shop }).first().click();
  await heading(officer, shop);
}

// allow writes down that Sulastri may help for three months.
async function allow(officer, purpose) {
  await makerPage(officer);
  await officer.getByText('Tambah pendamping').first().click();
  await officer.getByRole('combobox', { name: 'Pendamping' }).selectOption({ label: helper });
  await officer.getByLabel('Untuk apa').fill(purpose);
  await officer.getByLabel('Berlaku selama').selectOption({ label: '3 bulan' });
  await press(officer, 'Tambah pendamping');
  await expect(officer.getByRole('alert')).toBeVisible(); // evidence first; nothing is typed twice
  await expect(officer.getByLabel('Untuk apa')).toHaveValue(purpose);
  await officer.getByLabel('Bukti izin dari perajin').fill('Cap jempol di surat 7/KS/2026, di rumahnya');
  await press(officer, 'Tambah pendamping');
  await says(officer, 'Izin membantu dicatat.');
}

// visit opens her shop from the caseload.
async function visit(page) {
  await page.goto('/dampingan');
  await page.getByRole('listitem').filter({ hasText: shop }).getByRole('button', { name: 'Buka tokonya' }).click();
  await heading(page, shop);
}

test('from a new order to cash in the hand of a maker without a phone', async ({ browser }) => {
  await during(browser, async (people, enter) => {
    const buyer = await people.newcomer('the buyer');
    await buyer.goto('/produk/rengginang');
    await buyer.getByLabel('Jumlah').fill('2');
    await press(buyer, 'Masukkan keranjang');
    await heading(buyer, 'Keranjang');
    await follow(buyer, 'Lanjut ke pembayaran');
    await buyer.getByLabel('Nama Anda').fill('Wulan Prasetyo');
    await buyer.getByLabel('Nomor HP', { exact: true }).fill('0812-0000-0077');
    await buyer.getByLabel('Ambil sendiri').check();
    await expect(buyer.getByRole('complementary', { name: 'Ringkasan' })).toContainText(rupiah(total));
    await press(buyer, 'Pesan dan bayar');
    await toGateway(buyer, total);
    await follow(buyer, 'QRIS');
    await press(buyer, `Bayar ${rupiah(total)} (simulasi)`);
    await heading(buyer, 'Pembayaran diterima');
    const order = await buyer.getByRole('region', { name: 'Pesanan Anda' }).getByRole('link', { name: shop }).getAttribute('href');

    // Until she has a permission, it is nobody's shop to her.
    const page = await enter('the companion', sulastri);
    await page.goto('/dampingan');
    await expect(page.getByText(shop)).toHaveCount(0);
    const officer = await enter('the officer', ratna);
    await allow(officer, 'mengurus pesanan selama panen');
    await page.goto('/dampingan');
    const line = page.getByRole('listitem').filter({ hasText: shop });
    await expect(line).toContainText('1 pesanan baru');
    await visit(page);
    await says(page, 'mengurus pesanan selama panen');

    await page.goto('/toko-saya/pesanan');
    await press(page, /^2 Rengginang/);
    await press(page, 'Mulai dikerjakan');
    await says(page, 'Selamat mengerjakan.');
    await press(page, 'Barang sudah siap');
    await says(page, 'Bagus. Barang tercatat siap.');
    await buyer.goto(order);
    await heading(buyer, 'Siap diambil');
    const code = await buyer.locator('b.code').textContent();
    await follow(page, 'Serahkan dengan kode');
    await page.getByLabel('Kode dari pembeli').fill(code);
    await press(page, 'Serahkan barang');
    await says(page, 'Pesanan sudah diserahkan.');
    const steps = page.getByRole('region', { name: 'Perjalanan pesanan' });
    const both = steps.getByRole('listitem').filter({ hasText: helper }).filter({ hasText: maker });
    await expect(both).toHaveCount(3); // begun, ready, handed over: by her, for the maker
    await expect(steps.getByRole('listitem').filter({ hasText: helper })).toHaveCount(3);
    await buyer.goto(order);
    await press(buyer, 'Barang sudah saya terima');
    await heading(buyer, 'Selesai. Terima kasih');

    // Money, account and consent are not hers, by no door.
    for (const [address, form] of Object.entries({
      '/toko-saya/uang/tarik': { amount: '44.000', cara: 'tunai' }, '/toko-saya/uang/tarik/ya': { amount: '44000', form_key: 'k'.repeat(32) },
      '/toko-saya/uang/rekening': { bank: 'BCA', number: '1234567890', holder: helper },
    })) {
      const headers = { Origin: app.url };
      expect([address, (await page.request.post(address, { headers, form, maxRedirects: 0 })).status()]).toEqual([address, 403]);
      if (!address.endsWith('/ya')) expect([address, (await page.request.get(address)).status()]).toEqual([address, 403]);
    }
    const her = new URL(officer.url()).pathname;
    expect((await page.request.post(`${her}/izin`, { headers: { Origin: app.url }, form: { kind: 'portrait' } })).status()).toBe(404);
    expect((await page.request.post(`${her}/kode`, { headers: { Origin: app.url } })).status()).toBe(404);

    // She comes to the counter and signs in there, with what the officer reads out.
    await makerPage(officer);
    await press(officer, 'Buat kode masuk');
    const digits = await officer.locator('b.code').textContent();
    const number = /0000-\d+/.exec(await officer.getByRole('main').innerText())[0];
    const wening = await people.newcomer('Wening');
    await wening.goto('/masuk');
    await wening.getByLabel('Nomor HP').fill(number);
    await press(wening, 'Lanjut');
    await wening.getByLabel('Kode masuk').fill(digits);
    await press(wening, 'Masuk');
    await heading(wening, shop);
    await wening.goto('/toko-saya/uang');
    await reloadUntil(wening, () => expect(wening.getByRole('link', { name: 'Ambil tunai di kantor dinas' })).toBeVisible({ timeout: 500 }), 240_000);
    await follow(wening, 'Ambil tunai di kantor dinas');
    await wening.getByLabel('Jumlah yang ditarik').fill('44rb');
    await press(wening, 'Lanjut');
    await heading(wening, 'Betul sebanyak ini?');
    await says(wening, /empat puluh empat ribu rupiah/i);
    await wening.getByRole('button', { name: /^Ya, / }).click();
    await says(wening, `Permintaan tarik ${rupiah(total)} terkirim.`);

    // Finance agrees, the officer hands it over, and what she signed is kept.
    const desk = await enter('finance', agus);
    await desk.goto('/keuangan/kas');
    await desk.getByLabel('Jumlah', { exact: true }).fill(String(total));
    await desk.getByLabel('Alasan').fill('Penarikan CONTOH-1');
    await press(desk, 'Catat pengisian');
    await says(desk, 'Pengisian kas dicatat.');
    await desk.goto('/keuangan');
    await desk.getByRole('row').filter({ hasText: shop }).getByRole('link').first().click();
    await desk.locator('form[action$="/setujui"] input[type=checkbox]').check();
    await desk.locator('form[action$="/setujui"] button').click();
    await expect(desk.locator('form[action$="/setujui"]')).toHaveCount(0);
    await page.goto('/dampingan');
    await expect(line).toContainText(`Uang tunai ${rupiah(total)} belum diantar`);
    await officer.goto('/dinas/tunai');
    await officer.getByRole('row').filter({ hasText: shop }).getByRole('link').first().click();
    await expect(officer.getByText(maker, { exact: true })).toBeVisible();
    await press(officer, 'Uang sudah diserahkan'); // no receipt, no money
    await expect(officer.getByRole('alert')).toBeVisible();
    await officer.locator('input[type=file]').first().setInputFiles(art('p01-nastar'));
    await press(officer, 'Uang sudah diserahkan');
    await says(officer, 'Penyerahan dicatat.');
    await wening.goto('/toko-saya/uang');
    await says(wening, 'Sudah diambil tunai');
    await page.goto('/dampingan');
    await expect(line).not.toContainText('belum diantar');
  });
});

test('at her kitchen table the signal goes, and then the permission', async ({ browser }) => {
  await during(browser, async (people, enter) => {
    const officer = await enter('the officer', ratna);
    const grant = officer.locator('.agency-grant').filter({ hasText: helper });
    await makerPage(officer);
    if (!await grant.count()) await allow(officer, 'mencatat penjualan');
    const page = await enter('the companion', sulastri);
    const waiting = page.locator('#antrean');
    const free = async () => {
      await page.goto('/toko-saya/jual');
      const words = await page.getByRole('link', { name: /Rengginang/ }).locator('small').textContent();
      return Number(/(\d+)\D*$/.exec(words)[1]);
    };
    const sale = async (pieces) => {
      await page.goto('/toko-saya/jual');
      await page.getByRole('link', { name: /Rengginang/ }).click();
      await heading(page, 'Catat penjualan');
      await page.getByLabel('Berapa?').fill(pieces);
    };
    await visit(page);
    await page.waitForFunction(async () => !!(await navigator.serviceWorker.ready).active && !!navigator.serviceWorker.controller);
    const before = await free();

    // Written down without a signal, pressed twice, the page closed and opened again.
    await sale('3');
    await page.context().setOffline(true);
    const write = page.getByRole('button', { name: 'Catat', exact: true });
    await write.click();
    await expect(waiting.getByRole('listitem')).toHaveCount(1);
    await write.click();
    await expect(waiting.getByText('Menunggu sinyal')).toBeVisible();
    await expect(waiting.getByRole('listitem')).toHaveCount(1);
    await page.reload();
    await heading(page, 'Belum ada sinyal');
    await expect(waiting.getByRole('listitem')).toHaveCount(1);
    await page.context().setOffline(false);
    await expect(waiting.getByRole('listitem')).toHaveCount(0, { timeout: 120_000 });
    await expect.poll(free, { timeout: 60_000 }).toBe(before - 3);

    // The permission ends while a sale waits for the signal, and while a form is open.
    await sale('4');
    await page.context().setOffline(true);
    await write.click();
    await expect(waiting.getByText('Menunggu sinyal')).toBeVisible();
    await makerPage(officer);
    await press(grant, 'Akhiri izin');
    await says(officer, 'Izin membantu diakhiri.');
    await page.context().setOffline(false);
    await expect(waiting.getByText('Belum diterima')).toBeVisible({ timeout: 120_000 });
    await expect(waiting).toContainText('4');

    // The words are kept until there is a new permission, and go through once.
    await allow(officer, 'mencatat penjualan');
    await visit(page);
    await expect(waiting.getByText('Belum diterima')).toBeVisible();
    await press(waiting, 'Buka dan perbaiki');
    await expect(page.getByLabel('Berapa?')).toHaveValue('4');
    await page.goto('/toko-saya/toko/tentang');
    const about = page.locator('form[action="/toko-saya/toko/tentang"] textarea');
    await about.fill('Rengginang ketan, dijemur di halaman sendiri.');
    await makerPage(officer);
    await press(grant, 'Akhiri izin');
    await says(officer, 'Izin membantu diakhiri.');
    await page.locator('form[action="/toko-saya/toko/tentang"] [type=submit]').click();
    await heading(page, 'Izin membantu sudah berakhir');
    await says(page, `Izin Anda membantu ${maker} berakhir`);
    await says(page, 'Rengginang ketan, dijemur di halaman sendiri.');
    await allow(officer, 'mencatat penjualan');
    await follow(page, 'Kirim isian saya lagi');
    await heading(page, 'Isian Anda masih ada');
    await press(page, 'Kirim isian saya');
    await expect(page).toHaveURL(/\/toko-saya/);
    await visit(page);
    await expect.poll(free, { timeout: 60_000 }).toBe(before - 3); // the sale of four was never taken
    const visitor = await people.newcomer('a visitor');
    await visitor.goto('/toko/toples-bu-wening');
    await reloadUntil(visitor, () => expect(visitor.getByText('Rengginang ketan, dijemur di halaman sendiri.').first()).toBeVisible({ timeout: 1000 }));
  });
});
