// A kitchen of eight keeps its books on the phone: who joins, who paid in, who baked,
// what each may take. One of them leaves, and opens a shop of her own.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { follow, heading, People, press, rupiah, says, signIn } from '../support/people.mjs';

const group = '/toko-saya/anggota';
const lastri = { phone: '0812-0000-0020', password: 'oven-hangat-20' };
const ratna = { phone: '0812-0000-0001', password: 'pasar-minggu-01' };

const field = (page, label) => page.getByLabel(new RegExp(`^${label}`));
const line = (page, name) => page.getByRole('listitem').filter({ hasText: name });

test('a group of eight: members, work, division, her own view, leaving, her own shop', async ({ browser }) => {
  test.setTimeout(420_000);
  const app = await startApp({ pastOrders: 1 });
  const people = new People(app, browser);
  const enter = async (name, who) => {
    const page = await people.newcomer(name);
    await signIn(page, who);
    return page;
  };
  try {
    const page = await enter('Lastri', lastri);
    await page.goto(group);
    await heading(page, 'Anggota kelompok');
    await expect(line(page, 'Ibu Wati')).toContainText('Tanpa akun');

    // A new member without a phone, and the same name twice.
    await follow(page, 'Tambah anggota');
    await field(page, 'Nama anggota').fill('Ibu Wati');
    await press(page, 'Tambahkan');
    await says(page, 'Nama atau kode ini sudah ada.');
    await field(page, 'Nama anggota').fill('Ibu Baru');
    await press(page, 'Tambahkan');
    await says(page, 'Anggota sudah ditambahkan.');

    // After a baking day.
    await follow(page, 'Catat hasil kerja');
    await field(page, 'Ibu Wati').fill('12');
    await field(page, 'Ibu Sulis').fill('lusin');
    await press(page, 'Simpan hasil kerja');
    await says(page, 'Hasil kerja ditulis dengan angka');
    await expect(field(page, 'Ibu Wati')).toHaveValue('12');
    await field(page, 'Ibu Sulis').fill('24');
    await press(page, 'Simpan hasil kerja');
    await says(page, /Hasil kerja .* sudah dicatat\./);

    // She who joined today leaves again before the money of the season is divided.
    await follow(page, 'Ibu Baru');
    await page.getByText('Keluar dari kelompok').click();
    await press(page, 'Ya, anggota ini keluar');
    await says(page, 'Anggota ini sudah keluar.');

    // Story 4 to the rupiah; what each paid in stands there already.
    await page.goto('/toko-saya/uang/bagian/bagi');
    await field(page, 'Jumlah uang').fill('15.675.000');
    await press(page, 'Lanjut');
    await expect(field(page, 'Ibu Wati')).toHaveValue('900.000');
    await press(page, 'Lanjut');
    await says(page, rupiah(8_475_000));
    await press(page, 'Ya, bagi sekarang');
    await says(page, 'Uang sudah dibagi.');

    // Her own page, as the chair sees her own.
    await page.goto('/akun/bagian');
    await says(page, rupiah(1_959_375));
    await says(page, /setoran kembali Rp900\.000, bagian Rp1\.059\.375/);
    await expect(page.getByText('Ibu Wati')).toHaveCount(0);

    // Ibu Wati leaves; what she earned stays hers.
    await page.goto(group);
    await follow(page, 'Ibu Wati');
    await says(page, '12 buah');
    await page.getByText('Keluar dari kelompok').click();
    await press(page, 'Ya, anggota ini keluar');
    await says(page, 'Anggota ini sudah keluar.');
    await says(page, rupiah(1_959_375));
    await expect(page.getByRole('link', { name: 'Bayarkan tunai' })).toBeVisible();

    // The officer opens a shop of her own in one step.
    const officer = await enter('the officer', ratna);
    await officer.goto('/dinas?q=Gayeng');
    await officer.getByRole('link', { name: /Dapur Gayeng/ }).first().click();
    await follow(officer, 'Anggota kelompok');
    const her = line(officer, 'Ibu Wati');
    await her.getByText('Bukakan toko sendiri').first().click();
    await her.getByLabel('Nama toko').fill('Kue Bu Wati');
    await her.getByRole('button', { name: 'Bukakan toko sendiri' }).click();
    await says(officer, 'Kue Bu Wati sudah dibuka.');

    // The public finds it, with nothing sold and nothing that points at the group.
    const visitor = await people.newcomer('a visitor');
    expect((await visitor.goto('/toko/kue-bu-wati')).status()).toBe(200);
    const shop = await visitor.locator('main').innerHTML();
    expect(shop).toContain('Kue Bu Wati');
    expect(shop).not.toMatch(/Gayeng|Lastri|[1-9]\d* terjual/);
    people.wellBehaved();
    await app.audit();
  } finally {
    await people.close();
    await app.stop();
  }
});
