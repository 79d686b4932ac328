// What people do wrong, and what goes wrong around them: nothing is lost,
// nothing happens twice, and a clear sentence says what to do.

import { expect, test } from '@playwright/test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../support/app.mjs';
import { choosePhoto, follow, heading, People, press, rupiah, says, signIn } from '../support/people.mjs';
import { art, toGateway } from '../support/story.mjs';

let app;
let people;
test.beforeAll(async () => {
  app = await startApp();
});
test.afterAll(() => app?.stop());
test.afterEach(async () => {
  await people?.close();
  people = undefined;
});

// sekar is a maker of the demo beside the one that tests sign in as.
const sekar = { phone: '0812-0000-0024', password: 'benang-putih-24' };

// cast opens the browsers of one test.
const cast = (browser, options) => (people = new People(app, browser, options));

// newDraft brings a maker to the first question of a new product.
async function newDraft(page) {
  await page.goto('/toko-saya/produk');
  await press(page, 'Tambah produk baru');
  await heading(page, 'Foto produknya dulu');
}

for (const js of [true, false]) {
  test(`what was typed when the session had ended is still there, ${js ? 'with' : 'without'} scripts`, async ({ browser }) => {
    const page = await cast(browser, { js }).demo('maker');
    await newDraft(page);
    await choosePhoto(page, art('p05-lidah-kucing-after'), js);
    await press(page, 'Lanjut');
    await press(page, 'Kue kering');
    await page.getByLabel('Nama produk').fill('Kue satu <b>kacang</b> & "wijen"');
    const asked = page.url();
    await page.context().clearCookies();
    await press(page, 'Lanjut');
    await heading(page, 'Masuk');
    await page.getByLabel('Nomor HP').fill(app.accounts.maker.phone);
    await press(page, 'Lanjut');
    await page.getByLabel('Kata sandi').fill('salah');
    await press(page, 'Masuk');
    await says(page, 'Nomor HP atau kata sandi tidak cocok.');
    await page.getByLabel('Kata sandi').fill(app.accounts.maker.password);
    await press(page, 'Masuk');
    await heading(page, 'Isian Anda masih ada');
    await press(page, 'Kirim isian saya');
    await heading(page, 'Berapa harganya?');
    await page.goto(asked);
    await expect(page.getByLabel('Nama produk')).toHaveValue('Kue satu <b>kacang</b> & "wijen"');
    people.wellBehaved();
  });
}

test('a read-only page asked for without a session comes after signing in', async ({ browser }) => {
  const page = await cast(browser).newcomer('a maker');
  await page.goto('/toko-saya/uang');
  await heading(page, 'Masuk');
  await page.getByLabel('Nomor HP').fill(app.accounts.maker.phone);
  await press(page, 'Lanjut');
  await page.getByLabel('Kata sandi').fill(app.accounts.maker.password);
  await press(page, 'Masuk');
  await heading(page, 'Uang');
});

test('a file that is no photo is told, and nothing is stored', async ({ browser }) => {
  const page = await cast(browser, { js: false }).demo('maker');
  await newDraft(page);
  // Sizes are made by jobs; the picture itself is stored by the request.
  const stored = () => readdirSync(join(app.data, 'pictures'), { recursive: true }).filter((name) => /master/.test(name)).length;
  const before = stored();
  expect(before).toBeGreaterThan(0);
  const files = [
    { name: 'daftar-harga.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n'), sentence: 'daftar-harga.jpg berkas PDF, bukan foto.' },
    { name: 'IMG_0042.HEIC', mimeType: 'image/heic', buffer: Buffer.from('\0\0\0\x24ftypheic\0\0\0\0mif1heic', 'latin1'), sentence: 'IMG_0042.HEIC foto jenis HEIC, biasanya dari iPhone.' },
    { name: 'kue.gif', mimeType: 'image/gif', buffer: hugeGIF(), sentence: 'kue.gif bukan foto yang bisa dipakai. Kirim foto JPEG, PNG, atau WebP.' },
    { name: 'besar.jpg', mimeType: 'image/jpeg', buffer: hugeJPEG(), sentence: 'besar.jpg terlalu besar: lebih dari 40 megapiksel.' },
    { name: 'kosong.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0), sentence: 'Ambil satu foto produk dulu.' },
    { name: 'separuh.jpg', mimeType: 'image/jpeg', buffer: hugeJPEG(640, 480), sentence: 'separuh.jpg rusak atau tidak lengkap.' },
  ];
  for (const { sentence, ...file } of files) {
    await page.getByLabel('Pilih dari galeri').setInputFiles(file);
    const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), press(page, 'Lanjut')]);
    expect([file.name, answer.status()]).toEqual([file.name, 422]);
    await expect(page.getByRole('alert')).toContainText(sentence);
    await heading(page, 'Foto produknya dulu');
    await expect(page.getByText('Foto sekarang')).toHaveCount(0);
  }
  expect(stored()).toBe(before);
  // The same form takes a good one.
  await page.getByLabel('Pilih dari galeri').setInputFiles(art('p05-lidah-kucing-after'));
  await press(page, 'Lanjut');
  await heading(page, 'Ini produk apa?');
  expect(stored()).toBe(before + 1);
  people.wellBehaved();
});

test('a camera of forty megapixels, HEIC and PDF: told beside the photo, and nothing lost', async ({ browser }) => {
  test.setTimeout(300_000);
  // Another maker: one number may be tried so often in a while only, and the sessions
  // above have used most of it.
  const page = await cast(browser).newcomer('another maker');
  await signIn(page, sekar);
  await newDraft(page);
  const wide = Buffer.from(await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(8000, 5000);
    const pen = canvas.getContext('2d');
    for (let n = 0; n < 40; n++) {
      pen.fillStyle = `hsl(${n * 9} 70% 60%)`;
      pen.fillRect((n % 8) * 1000, Math.floor(n / 8) * 1000, 1000, 1000);
    }
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 });
    canvas.width = canvas.height = 1;
    return new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.split(',')[1]);
      reader.readAsDataURL(blob);
    });
  }), 'base64');

  // What is no photo is refused in words; what was chosen beside it arrives.
  const gallery = page.getByLabel('Pilih dari galeri');
  await gallery.setInputFiles([
    { name: 'IMG_0042.HEIC', mimeType: 'image/heic', buffer: Buffer.from('\0\0\0\x24ftypheic\0\0\0\0mif1heic', 'latin1') },
    { name: 'daftar-harga.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n') },
  ]);
  await says(page, 'IMG_0042.HEIC foto jenis HEIC, biasanya dari iPhone.');
  await says(page, 'daftar-harga.pdf berkas PDF, bukan foto.');
  await heading(page, 'Foto produknya dulu');

  const sizes = []; // of what leaves the phone
  await page.exposeFunction('jot', (bytes) => sizes.push(bytes));
  await page.evaluate(() => {
    const send = window.fetch;
    window.fetch = async (address, options) => {
      const photo = options?.body?.get?.('photo');
      if (photo) await window.jot(photo.size);
      return send(address, options);
    };
  });
  const [sent] = await Promise.all([
    page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/foto')),
    gallery.setInputFiles({ name: 'lebar.jpg', mimeType: 'image/jpeg', buffer: wide }),
  ]);
  const answer = await sent.response();
  expect(answer.status()).toBeLessThan(300);
  expect(sizes).toHaveLength(1);
  expect(sizes[0], 'made smaller on the phone').toBeLessThan(wide.length / 3);
  await page.goto(new URL(sent.url()).pathname); // the refusals have been read
  await expect(page.getByRole('heading', { name: /^Foto sekarang/ })).toBeVisible();
  const picture = page.locator('main img').first();
  await expect.poll(async () => {
    await page.reload();
    const size = await picture.evaluate(async (img) => (await img.decode().catch(() => {}), img.naturalWidth / img.naturalHeight));
    return Math.abs(size - 1.6) < 0.02;
  }, { timeout: 240_000 }).toBe(true);
  people.wellBehaved();

  // Without scripts the server takes as much, and says so when it is more.
  const plain = await cast(browser, { js: false }).newcomer('the same maker');
  await plain.context().addCookies(await page.context().cookies());
  await plain.goto('/toko-saya');
  await newDraft(plain);
  await plain.getByLabel('Pilih dari galeri').setInputFiles({ name: 'lebar.jpg', mimeType: 'image/jpeg', buffer: wide });
  await press(plain, 'Lanjut');
  await heading(plain, 'Ini produk apa?');
  people.wellBehaved();
});

// hugeGIF is 34 bytes that say they are 65535 by 65535 pixels.
function hugeGIF() {
  const gif = Buffer.alloc(34);
  gif.write('GIF89a');
  gif.writeUInt16LE(65535, 6);
  gif.writeUInt16LE(65535, 8);
  return gif;
}

// hugeJPEG is a JPEG header of that many pixels, 41 million if not told, and no
// more.
function hugeJPEG(width = 8200, height = 5000) {
  const head = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
  const size = Buffer.alloc(19);
  Buffer.from('ffc0001108', 'hex').copy(size);
  size.writeUInt16BE(height, 5);
  size.writeUInt16BE(width, 7);
  Buffer.from('03011100021101031101', 'hex').copy(size, 9);
  return Buffer.concat([head, size, Buffer.from('ffda000c03010002110311003f00', 'hex')]);
}

// fillCheckout answers every question of checkout but the last button.
async function fillCheckout(page, js, name) {
  await page.getByLabel('Nama Anda').fill(name);
  await page.getByLabel('Nomor HP', { exact: true }).fill('0812-0000-0079');
  await page.getByLabel('Ambil sendiri').check();
  if (!js) await press(page, 'Hitung ulang ongkos kirim');
}

async function intoCart(page, slug, quantity) {
  await page.goto(`/produk/${slug}`);
  await page.getByLabel('Jumlah').fill(quantity);
  await press(page, 'Masukkan keranjang');
}

// invoices are those the gateway knows of.
async function invoices() {
  const answer = await fetch(new URL('/_simulator/state', app.gatewayUrl));
  return (await answer.json()).invoices;
}

for (const js of [true, false]) {
  test(`"pay" pressed twice buys once, and going back afterwards buys nothing, ${js ? 'with' : 'without'} scripts`, async ({ browser }) => {
    const page = await cast(browser, { js }).newcomer('the buyer');
    const before = (await invoices()).length;
    await intoCart(page, 'rengginang', '2');
    await follow(page, 'Lanjut ke pembayaran');
    await fillCheckout(page, js, 'Pembeli Tergesa');
    const total = page.getByRole('complementary', { name: 'Ringkasan' });
    await expect(total).toContainText(rupiah(44_000));
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.postData()?.includes('langkah=bayar')) sent++;
    });
    await page.getByRole('button', { name: 'Pesan dan bayar' }).dblclick();
    await toGateway(page, 44_000);
    expect(sent).toBeGreaterThan(0);
    expect((await invoices()).length).toBe(before + 1);
    await follow(page, 'Bank BRI');
    await press(page, `Bayar ${rupiah(44_000)} (simulasi)`);
    await heading(page, 'Pembayaran diterima');

    // Back to the gateway, which says that it is paid, and on to the cart.
    await page.goBack();
    await says(page, 'Sudah dibayar');
    await page.goto('/checkout');
    await heading(page, 'Keranjang');
    await says(page, 'Keranjang masih kosong');
    expect((await invoices()).length).toBe(before + 1);
    people.wellBehaved();
  });
}

test('a form of checkout sent again leads to the same purchase', async ({ browser }) => {
  const page = await cast(browser).newcomer('the buyer');
  await intoCart(page, 'rengginang', '2');
  await follow(page, 'Lanjut ke pembayaran');
  await fillCheckout(page, true, 'Pembeli Dua Jendela');
  const [request] = await Promise.all([
    page.waitForRequest((r) => r.method() === 'POST' && r.postData().includes('langkah=bayar')),
    press(page, 'Pesan dan bayar'),
  ]);
  await toGateway(page, 44_000);
  const bought = page.url();
  const before = (await invoices()).length;
  const again = await page.request.post('/checkout', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: app.url }, data: request.postData(), maxRedirects: 0,
  });
  expect(again.status()).toBe(303);
  expect(new URL(again.headers().location, app.url).href).toBe(bought);
  expect((await invoices()).length).toBe(before);
});

const quantities = {
  '': 'Isi dulu jumlahnya.', '-1': 'Jumlah tidak boleh kurang dari nol.', '1.5': 'Jumlah harus bilangan bulat, misalnya 1 atau 2.',
  1000000000: /^Paling banyak [\d.]+ per produk/, 151: /^Hanya \d+ yang masih bisa dipesan\.$/,
};

test('a quantity that cannot be is told, and the cart stays as it was', async ({ browser }) => {
  const page = await cast(browser).newcomer('the buyer');
  await intoCart(page, 'rengginang', '2');
  for (const [typed, sentence] of Object.entries(quantities)) {
    await page.getByLabel('Jumlah Rengginang').fill(typed);
    await press(page, 'Ubah jumlah Rengginang');
    await says(page.locator('.cart-line'), sentence);
    await page.goto('/keranjang');
    await expect(page.getByLabel('Jumlah Rengginang')).toHaveValue('2');
  }
  people.wellBehaved();
});

test('by keyboard alone: into the cart, through checkout, to the payment', async ({ browser }) => {
  const page = await cast(browser).newcomer('the buyer', { viewport: { width: 1280, height: 800 }, isMobile: false, hasTouch: false });
  await page.goto('/produk/rengginang');
  await tabTo(page, page.getByLabel('Jumlah'));
  await page.keyboard.press('ArrowUp');
  await tabTo(page, page.getByRole('button', { name: 'Masukkan keranjang' }));
  await page.keyboard.press('Enter');
  await heading(page, 'Keranjang');
  await expect(page.getByLabel('Jumlah Rengginang')).toHaveValue('2');
  await tabTo(page, page.getByRole('link', { name: 'Lanjut ke pembayaran' }));
  await page.keyboard.press('Enter');
  await heading(page, 'Pesan dan bayar');
  const type = async (label, words) => {
    await tabTo(page, page.getByLabel(label, { exact: true }));
    await page.keyboard.type(words);
  };
  await type('Nama Anda', 'Pembeli Papan Ketik');
  await type('Nomor HP', '081200000080');
  for (const [list, place] of [['Provinsi', 'Jawa Timur'], ['Kabupaten atau kota', 'Kota Surabaya'], ['Kecamatan', 'Gubeng']]) {
    const choice = page.getByLabel(list, { exact: true });
    await expect(choice.getByRole('option', { name: place })).toHaveCount(1);
    await tabTo(page, choice);
    await page.keyboard.type(place);
    await expect(choice.locator('option:checked')).toHaveText(place);
    await page.keyboard.press('Tab'); // leaving the list is what chooses
  }
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('radio', { name: 'Kurir' })).toBeVisible();
  await type('Jalan dan nomor rumah', 'Jl. Karimata 9');
  await tabTo(page, page.getByRole('radio', { name: 'Ambil sendiri' }));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: 'Kurir' })).toBeChecked();
  await expect(page.getByRole('complementary', { name: 'Ringkasan' })).not.toContainText('Ongkos kirim belum dihitung.');
  await tabTo(page, page.getByRole('button', { name: 'Pesan dan bayar' }));
  await page.keyboard.press('Enter');
  await heading(page, 'Pilih cara bayar');
  people.wellBehaved();
});

// tabTo presses Tab until the element has the focus, as a person would who sees
// where it is: every stop on the way must show that it is there.
async function tabTo(page, element) {
  for (let n = 0; n < 60; n++) {
    if (await element.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const e = document.activeElement;
      if (e === document.body) return '';
      const outlined = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
      // The outline may be around the field with its buttons, or around a card.
      const seen = [e, e.parentElement, e.parentElement.parentElement].some((s) => outlined(getComputedStyle(s))) || outlined(getComputedStyle(e, '::after'));
      return seen ? '' : e.outerHTML.slice(0, 120);
    });
    expect(hidden, 'the focus cannot be seen').toBe('');
  }
  throw new Error(`60 tabs do not reach ${element}`);
}
