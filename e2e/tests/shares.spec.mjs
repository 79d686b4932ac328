// Stories 4 and 5 of the demo world: a kitchen of eight and an institution of six
// codes divide what they earned, to the rupiah, and it reaches their hands.

import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { follow, heading, People, press, reloadUntil, rupiah, says, signIn, sum } from '../support/people.mjs';
import { art } from '../support/story.mjs';

test.describe.configure({ mode: 'parallel', timeout: 420_000 });

const shares = '/toko-saya/uang/bagian';
const lastri = { phone: '0812-0000-0020', password: 'oven-hangat-20' };
const wahyu = { phone: '0812-0000-0026', password: 'rajut-rapat-26' };
const kuncoro = { phone: '0812-0000-0035', password: 'dua-mata-35' };
const agus = { phone: '0812-0000-0009', password: 'dua-tanda-09' };
const tuti = { phone: '0812-0000-0008', password: 'buku-kas-08' };
const ratna = { phone: '0812-0000-0001', password: 'pasar-minggu-01' };

// told starts the demo with what the stories sold behind it, and proves every row
// afterwards.
async function told(browser, story) {
  const app = await startApp({ pastOrders: 1 });
  const people = new People(app, browser);
  const enter = async (name, who) => {
    const page = await people.newcomer(name);
    await signIn(page, who);
    return page;
  };
  try {
    await story(enter, people);
    people.wellBehaved();
    await app.audit();
  } finally {
    await people.close();
    await app.stop();
  }
}

// field is what is asked by these words; "(boleh kosong)" may stand behind them.
const field = (page, label) => page.getByLabel(new RegExp(`^${label.replace('?', '\\?')}`));

// answer fills the one question of a screen and goes on.
async function answer(page, fields) {
  for (const [label, value] of Object.entries(fields)) await field(page, label).fill(String(value));
  await press(page, 'Lanjut');
}

// line is one party of a list with its amount.
const line = (page, name) => page.getByRole('listitem').filter({ hasText: name });

// free reads what the shop may divide.
async function free(page) {
  await page.goto(shares);
  await heading(page, 'Bagian anggota');
  return sum(await page.locator('.panel', { hasText: 'Uang toko yang bisa dibagi' }).textContent());
}

// handed brings a share into its owner's hands: finance approves and fills the box,
// the officer photographs the signed receipt.
async function handed(enter, name, amount) {
  const desk = await enter('finance', agus);
  await desk.goto('/keuangan/kas');
  await desk.getByLabel('Jumlah', { exact: true }).fill(String(amount));
  await desk.getByLabel('Alasan').fill('Penarikan CONTOH-1');
  await press(desk, 'Catat pengisian');
  await says(desk, 'Pengisian kas dicatat.');
  await desk.goto('/keuangan');
  await desk.getByRole('row').filter({ hasText: rupiah(amount) }).getByRole('link').first().click();
  await desk.locator('form[action$="/setujui"] input[type=checkbox]').check();
  await desk.locator('form[action$="/setujui"] button').click();
  await expect(desk.locator('form[action$="/setujui"]')).toHaveCount(0);

  const counter = await enter('the officer', ratna);
  await counter.goto('/dinas/tunai');
  await counter.getByRole('row').filter({ hasText: name }).getByRole('link').first().click();
  await says(counter, rupiah(amount));
  await expect(counter.getByText(name, { exact: true })).toBeVisible();
  await counter.locator('input[type=file]').first().setInputFiles(art('p01-nastar'));
  await press(counter, 'Uang sudah diserahkan');
  await says(counter, 'Penyerahan dicatat.');
  return desk;
}

test('story 4: eight bakers get their flour back first, and the same for each', async ({ browser }) => {
  await told(browser, async (enter) => {
    const page = await enter('Lastri', lastri);
    const before = await free(page);
    await follow(page, 'Bagi uang');
    await answer(page, { 'Jumlah uang': '15.675.000' });
    const bakers = ['Lastri', 'Ibu Parmi', 'Ibu Sulis', 'Ibu Wati', 'Ibu Endah', 'Ibu Rumini', 'Ibu Tutik', 'Ibu Yatmi'];
    for (const name of bakers) await expect(field(page, name), 'what she paid in').toHaveValue('900.000');
    await answer(page, Object.fromEntries(bakers.map((name) => [name, '900.000'])));
    await heading(page, 'Benar dibagi seperti ini?');
    await says(page, rupiah(15_675_000));
    await says(page, rupiah(8_475_000)); // the surplus
    await press(page, 'Ya, bagi sekarang');
    await says(page, 'Uang sudah dibagi.');
    const each = 900_000 + 1_059_375;
    expect(8 * each).toBe(15_675_000);
    expect(await free(page)).toBe(before - 15_675_000);
    for (const name of bakers) await expect(line(page, name)).toContainText(rupiah(each));

    // One of them fetches hers, the odd rupiah too.
    await follow(page, 'Ibu Wati');
    await follow(page, 'Bayarkan tunai');
    await press(page, 'Lanjut');
    await says(page, /satu juta sembilan ratus lima puluh sembilan ribu tiga ratus tujuh puluh lima rupiah/i);
    await press(page, 'Ya, minta tunai');
    await says(page, `Permintaan ${rupiah(each)} dikirim ke petugas.`);
    const desk = await handed(enter, 'Ibu Wati', each);
    await page.goto(shares);
    await expect(line(page, 'Ibu Wati')).toContainText('Rp0');

    // Butter for the fifty jars that are paid and not yet baked: half of what is held.
    await page.goto('/toko-saya/uang/bahan');
    await says(page, rupiah(1_350_000));
    await answer(page, { 'Berapa yang dibutuhkan?': '1.350.001', 'Untuk membeli apa?': 'Mentega dan keju' });
    await says(page, /Paling banyak Rp1\.350\.000 sekarang/);
    await answer(page, { 'Berapa yang dibutuhkan?': '1.350.000', 'Untuk membeli apa?': 'Mentega dan keju' });
    await press(page, 'Ya, minta sekarang');
    await says(page, 'Permintaan dikirim ke bagian keuangan.');
    for (const funds of [await enter('Tuti', tuti), desk]) { // so much needs two of finance
      expect(await free(page)).toBe(before - 15_675_000);
      await funds.goto('/keuangan/dana');
      const asked = funds.locator('.panel', { hasText: 'Mentega dan keju' });
      await expect(asked).toContainText(rupiah(1_350_000));
      await press(asked, 'Berikan uang muka');
      await says(funds, 'Sudah dicatat.');
    }
    expect(await free(page)).toBe(before - 15_675_000 + 1_350_000);
    await page.goto('/toko-saya/uang/bahan');
    await says(page, 'Utang toko sekarang');
    await says(page, rupiah(1_350_000));
  });
});

test('story 5: forty bags, six codes, and nobody alone', async ({ browser }) => {
  await told(browser, async (enter, people) => {
    const first = await enter('Wahyu', wahyu);
    const before = await free(first);
    await follow(first, 'Bagi uang');
    await answer(first, { 'Jumlah uang': '2.880.000' });
    await answer(first, { 'Biaya bahan': '1.680.000' });
    await answer(first, { 'WB-01': 12, 'WB-02': 10, 'WB-03': 8, 'WB-04': 5, 'WB-05': 3, 'WB-06': 2 });
    await says(first, rupiah(1_200_000));
    await press(first, 'Ya, kirim ke orang kedua');
    await says(first, 'Menunggu persetujuan orang kedua');
    await expect(first.getByRole('button', { name: 'Setuju, bagi uang ini' })).toHaveCount(0);
    const proposal = first.url();
    expect(await free(first), 'nothing moved yet').toBe(before);

    const second = await enter('Kuncoro', kuncoro);
    await second.goto(proposal);
    await press(second, 'Setuju, bagi uang ini');
    await says(second, 'Sudah dibagi.');
    expect(await free(second), 'what the yarn cost stays').toBe(before - 1_200_000);
    const due = { 'WB-01': 180_000, 'WB-02': 150_000, 'WB-03': 120_000, 'WB-04': 75_000, 'WB-05': 45_000, 'WB-06': 30_000, PNBP: 180_000, Modal: 420_000 };
    for (const [name, amount] of Object.entries(due)) await expect(line(second, name)).toContainText(rupiah(amount));

    // WB-03 is released: the share is paid out, and the code closes.
    await first.goto(shares);
    await follow(first, 'WB-03');
    const party = first.url();
    await follow(first, 'Bayarkan tunai');
    await press(first, 'Lanjut');
    await press(first, 'Ya, minta tunai');
    await says(first, `Permintaan ${rupiah(120_000)} dikirim ke petugas.`);
    await first.goto(party);
    await expect(first.getByRole('button', { name: 'Setujui', exact: true }), 'who asked does not agree').toHaveCount(0);
    await second.goto(party);
    await press(second, 'Setujui');
    await expect(second.getByRole('button', { name: 'Setujui', exact: true })).toHaveCount(0);
    await handed(enter, 'WB-03', 120_000);
    await first.goto(party);
    await press(first, 'Sudah tidak ikut lagi');
    await says(first, 'Sudah ditutup.');

    // What is left goes to the collective account: whoever asks does not agree to it.
    await first.goto('/toko-saya/uang/tarik');
    await answer(first, { 'Jumlah yang ditarik': '480.000' });
    await says(first, /empat ratus delapan puluh ribu rupiah/i);
    await press(first, 'Ya, tarik uang');
    await says(first, 'Menunggu persetujuan pengurus kedua.');
    await expect(first.getByRole('button', { name: 'Setujui', exact: true })).toHaveCount(0);
    await second.goto('/toko-saya');
    await second.getByRole('link', { name: /^Pekerja/ }).click();
    await line(second, rupiah(480_000)).getByRole('link').click();
    await press(second, 'Setujui');
    await says(second, 'Sudah Anda setujui. Sekarang giliran bagian keuangan.');
    await first.goto('/toko-saya/uang');
    await says(first, 'Menunggu bagian keuangan');

    // The public sees the workshop and no code.
    const visitor = await people.newcomer('a visitor');
    for (const address of ['/toko/karya-binaan-sumberjaya', '/produk/tas-rajut']) {
      expect((await visitor.goto(address)).status()).toBe(200);
      expect(await visitor.content()).not.toMatch(/WB-0\d|Kuncoro|Wahyu/);
    }
    await reloadUntil(first, () => expect(first.getByText('WB-03').first()).toBeVisible());
  });
});
