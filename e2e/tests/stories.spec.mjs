// The stories of the demo world, told in its own shops at phone width.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Jar, jar } from '../support/jar.mjs';
import { follow, heading, People, press, reloadUntil, rupiah, says, signIn } from '../support/people.mjs';
import { toGateway } from '../support/story.mjs';

test.describe.configure({ mode: 'parallel', timeout: 600_000 });

// told starts the demo for one story and proves every row after it.
async function told(browser, story) {
  const app = await startApp();
  const people = new People(app, browser);
  try {
    await story(app, people);
    people.wellBehaved();
    await app.audit();
  } finally {
    await people.close();
    await app.stop();
  }
}

// fill puts so many of a product into the cart.
async function fill(page, product, pieces) {
  await page.goto(`/produk/${product}`);
  await page.getByLabel('Jumlah').fill(String(pieces));
  await press(page, 'Masukkan keranjang');
  await heading(page, 'Keranjang');
}

// toSurabaya fills the checkout form of somebody in Semampir.
async function toSurabaya(page, who) {
  await follow(page, 'Lanjut ke pembayaran');
  await page.getByLabel('Nama Anda').fill(who.name);
  await page.getByLabel('Nomor HP', { exact: true }).fill(who.phone);
  for (const [list, label] of [['Provinsi', 'Jawa Timur'], ['Kabupaten atau kota', 'Kota Surabaya'], ['Kecamatan', 'Semampir']]) {
    await page.getByLabel(list, { exact: true }).selectOption({ label });
  }
  await page.getByLabel('Jalan dan nomor rumah').fill('Jalan Contoh 7, RT 004/RW 001');
}

const summary = (page) => page.getByRole('complementary', { name: 'Ringkasan' });

test('story 1: two sellers, one payment, and one of them cannot', async ({ browser }) => {
  await told(browser, async (app, people) => {
    const page = await people.newcomer('the buyer');
    await fill(page, 'nastar', 3);
    await fill(page, 'masker-kain-3-lapis', 2);
    await expect(summary(page)).toContainText(rupiah(180_000));
    await toSurabaya(page, { name: 'Wulan Prasetyo', phone: '0812-0000-0077' });
    const fees = { 'KUBE Dapur Gayeng': 27_000, 'Jahit Sekar Mandiri': 10_000 }; // the boxes of three jars are billed 3 kg
    for (const [shop, fee] of Object.entries(fees)) {
      const group = page.getByRole('group', { name: shop });
      await expect(group.locator('.choice', { hasText: 'Kurir' })).toContainText(rupiah(fee));
      await group.getByLabel('Kurir').check();
    }
    const total = 165_000 + 15_000 + 27_000 + 10_000;
    await expect(summary(page)).toContainText(rupiah(total));
    await press(page, 'Pesan dan bayar');
    await toGateway(page, total);
    await follow(page, 'QRIS');
    await press(page, `Bayar ${rupiah(total)} (simulasi)`);
    await heading(page, 'Pembayaran diterima');
    const orders = page.getByRole('region', { name: 'Pesanan Anda' });
    await expect(orders.getByRole('link')).toHaveCount(2);
    const jars = await orders.getByRole('link', { name: 'KUBE Dapur Gayeng' }).getAttribute('href');
    const masks = await orders.getByRole('link', { name: 'Jahit Sekar Mandiri' }).getAttribute('href');

    const sekar = await people.newcomer('Sekar');
    await signIn(sekar, { phone: '0812-0000-0024', password: 'benang-putih-24' });
    await sekar.goto('/toko-saya/pesanan');
    await sekar.getByRole('button', { name: '2 Masker kain 3 lapis' }).click();
    await follow(sekar, 'Tidak sanggup');
    await sekar.getByLabel('Berapa yang tidak sanggup?').fill('2');
    await sekar.getByLabel('Apa alasannya?').fill('Mesin jahit sedang rusak.');
    await press(sekar, 'Lihat uang yang kembali');
    await says(sekar, rupiah(25_000)); // the masks and their parcel
    await press(sekar, 'Ya, kembalikan uangnya');

    await page.goto(masks);
    await reloadUntil(page, () => says(page, `${rupiah(25_000)} dikembalikan kepada Anda.`));
    await page.goto(jars);
    await heading(page, /^Sedang disiapkan/);
    await expect(page.getByText('tidak sanggup')).toHaveCount(0); // the other shop goes on
  });
});

test('story 6: a jar comes back twice, and goes up in price', async ({ browser }) => {
  await told(browser, async (app, people) => {
    const story = new Jar(app, people);
    const visitor = await people.newcomer('a visitor');
    const shown = async (status) => expect((await visitor.goto(`/produk/${jar.slug}`)).status()).toBe(status);
    await story.begin();

    // Round 1: what a buyer sees first.
    await story.open();
    const first = [
      { question: 'Apakah kemasan tertutup rapat', words: 'Plastiknya distapler. Pakai toples bertutup rapat dan segel.', at: [0.5, 0.15], pin: 'Tanda 1: atas tengah foto' },
      { question: 'Apakah label menyebut nama produk, berat bersih', words: 'Berat bersih belum ada di label.', at: [0.5, 0.6], pin: 'Tanda 2: tengah foto' },
      { question: 'Apakah tanggal kedaluwarsa', words: 'Tanggal kedaluwarsa belum ditulis.', at: [0.15, 0.9], pin: 'Tanda 3: kiri bawah foto' },
    ];
    await story.giveBack(first);
    await story.read(first);
    await story.answer(1, 'Toplesnya sudah dibeli, segelnya menyusul.');
    await story.mend();
    await shown(404);

    // Round 2: what the law asks.
    const desk = await story.open(2);
    await says(desk, 'Toplesnya sudah dibeli, segelnya menyusul.');
    const rules = desk.getByRole('region', { name: 'Aturan wajib' });
    await says(rules, 'Belum bisa disetujui. Yang bertanda merah harus dipenuhi dulu.');
    for (const lacks of ['Pastikan alergennya', 'Urus nomor P-IRT', 'Urus sertifikat halal']) await expect(rules).toContainText(lacks);
    await expect(desk.getByRole('button', { name: 'Setujui dan tayangkan' })).toBeDisabled();
    const second = [
      { question: 'Apakah komposisi lengkap', words: 'Tulis alergennya: telur, susu, gandum.' },
      { question: 'Apakah izin edarnya', words: 'Masa berlaku P-IRT sudah lewat. Perpanjang, lalu kirim fotonya.' },
      { question: 'Apakah sertifikat halal berlaku', words: 'Sertifikat halal belum ada, padahal wajib sejak 18 Oktober 2026.' },
    ];
    await story.giveBack(second);
    await story.read(second);
    await story.complete();
    await shown(404);

    // Round 3: everything is there, and the jar is worth more.
    await story.open(3);
    await expect(rules).not.toContainText('Belum bisa disetujui');
    await press(desk, 'Yang belum dijawab: sudah baik');
    await says(desk, `Langsung tayang dengan harga ${rupiah(35_000)}.`);
    await press(desk, 'Setujui dan tayangkan');
    await says(desk, `${jar.name} disetujui dan sudah tayang.`);
    await reloadUntil(visitor, () => heading(visitor, jar.name));
    await says(visitor, rupiah(35_000));
    await story.history();

    // Later: another recipe is looked at anew; buyers see the old one until then.
    await story.change('Tepung terigu, mentega, telur, gula, susu, kacang mete');
    await story.open(1);
    const flag = desk.getByRole('region', { name: 'Komposisi berubah: periksa ulang halal dan label' });
    await press(desk, 'Yang belum dijawab: sudah baik');
    await press(desk, 'Setujui dan tayangkan');
    await says(desk, 'Komposisi berubah: periksa ulang halal dan label dahulu.');
    await visitor.reload();
    await expect(visitor.getByText('kacang mete')).toHaveCount(0);
    await press(flag, 'Halal dan label sesuai');
    await says(flag, /^Halal dan label sesuai, kata Dimas A./);
    await press(desk, 'Setujui dan tayangkan');
    await says(desk, `${jar.name} disetujui dan sudah tayang.`);
    await reloadUntil(visitor, () => expect(visitor.getByText('kacang mete').first()).toBeAttached({ timeout: 500 }));
  });
});
