// The main journey in steps: a maker's product is curated, published, bought,
// paid, fulfilled and credited. Every step is taken as a person takes it, and
// looks for the sentences that a person looks for.

import { request } from '@playwright/test';
import { expect } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { choosePhoto, follow, heading, People, press, reloadUntil, rupiah, says, sum } from './people.mjs';

export const art = (name) => fileURLToPath(new URL(`../../demo/art/${name}.jpg`, import.meta.url));

const maker = { name: 'Narti', phone: '0812-0000-0091', password: 'dapur mungil 91' };
const shop = 'Dapur Mungil Narti';
const product = { name: 'Lidah kucing keju', slug: 'lidah-kucing-keju', price: 30_000, stock: 20, unit: 'toples 250 g' };
const nastar = { name: 'Nastar', price: 55_000, wanted: 2 };
const buyer = { name: 'Wulan Prasetyo', phone: '0812-0000-0077', email: 'wulan@contoh.id' };
const wanted = 3;
const remark = 'Plastiknya masih distapler. Pakai toples bertutup rapat.';

export class Story {
  // look is called at every screen with the page and a name for it.
  constructor(app, browser, { js, look = async () => {} }) {
    Object.assign(this, { app, js, look, people: new People(app, browser, { js }) });
  }

  async end() {
    await this.people.close();
    await this.stranger?.dispose();
  }

  // A. From a maker's photo to the shop window.

  async invite() {
    const page = (this.officer = await this.people.demo('officer'));
    await heading(page, 'Ringkasan dinas');
    await follow(page, 'Perajin');
    await heading(page, 'Perajin');
    await follow(page, 'Undang perajin');
    await page.getByLabel('Nama perajin').fill(maker.name);
    await page.getByLabel('Nomor HP').fill(maker.phone);
    await page.getByLabel('Nama toko').fill(shop);
    await page.getByLabel('Kabupaten atau kota').selectOption({ label: 'Kabupaten Madiun' });
    await press(page, 'Tampilkan kecamatan');
    await expect(page.getByLabel('Nama perajin')).toHaveValue(maker.name); // kept
    await page.getByLabel('Kecamatan').selectOption({ label: 'Geger' });
    await page.getByLabel('Desa atau kelurahan').fill('Sareng');
    await page.getByLabel('Jalan dan nomor rumah').fill('Jl. Cempaka RT 002 RW 001');
    await page.getByLabel('Ambil sendiri').check();
    await page.getByLabel('Kurir', { exact: true }).check();
    await page.getByRole('combobox', { name: 'Pendamping' }).selectOption({ label: 'Hendro' });
    await press(page, 'Undang perajin');
    await says(page, 'Tulis buktinya: surat bertanda tangan, rekaman, atau saksi.'); // consent comes first
    await this.look(page, 'invite, faulty');
    await page.getByLabel('Bukti izin dibantu').fill('Surat 12/KS/2026, ditandatangani 20 November 2026');
    await press(page, 'Undang perajin');
    await says(page, `${maker.name} sudah diundang.`);
    await this.look(page, 'invited maker');
    await press(page, 'Data sudah cocok');
    await says(page, 'Data perajin tercatat cocok.');
    await press(page, 'Buka toko');
    await says(page, 'Toko sudah dibuka.');
    this.shopPath = await page.getByRole('link', { name: 'Lihat halaman toko' }).getAttribute('href');
    await press(page, 'Buat kode masuk');
    await says(page, 'Kode ini hanya tampil sekali.');
    this.code = await page.locator('b.code').textContent();
    expect(this.code).toMatch(/^\d{6}$/);
    await this.look(page, 'sign-in code');
  }

  async firstSignIn() {
    const page = (this.maker = await this.people.newcomer('the new maker'));
    await page.goto('/masuk');
    await page.getByLabel('Nomor HP').fill(maker.phone);
    await press(page, 'Lanjut');
    await press(page, 'Saya sudah punya kode');
    await page.getByLabel('Kode masuk').fill(this.code);
    await this.look(page, 'code');
    await press(page, 'Masuk');
    await heading(page, 'Buat kata sandi');
    await page.getByLabel('Kata sandi baru').fill('12345678');
    await press(page, 'Simpan kata sandi');
    await says(page, 'Kata sandi ini mudah ditebak.');
    await this.look(page, 'password, faulty');
    await page.getByLabel('Kata sandi baru').fill(maker.password);
    await press(page, 'Simpan kata sandi');
    await says(page, 'Kata sandi baru sudah dipakai.');
    await heading(page, shop);
    await this.look(page, 'home of a new maker');
  }

  async list() {
    const page = this.maker;
    await place(page, 'Produk');
    await says(page, 'Belum ada produk');
    await this.look(page, 'no products');
    await press(page, 'Tambah produk baru');
    await heading(page, 'Foto produknya dulu');
    await press(page, 'Lanjut');
    await says(page, 'Ambil satu foto produk dulu.');
    await this.look(page, 'photo, faulty');
    await this.photo(page, art('p05-lidah-kucing-before'));
    await press(page, 'Lanjut');
    await heading(page, 'Ini produk apa?');
    await this.look(page, 'kind');
    await press(page, 'Lain-lain');
    await heading(page, 'Apa nama produknya?');
    await page.getByLabel('Nama produk').fill(product.name);
    await this.look(page, 'name');
    await press(page, 'Lanjut');
    await heading(page, 'Berapa harganya?');
    await page.getByLabel('Harga', { exact: true }).fill('30.000');
    await page.getByLabel('Untuk satu apa?').fill(product.unit);
    await this.look(page, 'price');
    await press(page, 'Lanjut');
    await heading(page, 'Ada berapa?');
    await page.getByLabel('Jumlah', { exact: true }).fill(String(product.stock));
    await page.getByLabel('Sudah jadi, ada stoknya').check();
    await page.getByLabel('Siap dalam berapa hari kerja?').fill('1');
    await this.look(page, 'quantity');
    await press(page, 'Lanjut');
    await heading(page, product.name);
    await says(page, 'Periksa sebentar. Kalau sudah benar, kirim ke petugas.');
    this.submission = page.url();
    await this.look(page, 'draft');
    await press(page, 'Kirim ke petugas');
    await says(page, 'Terkirim. Petugas akan memeriksanya.');
    this.firstPhoto = await this.photoKey();
    await this.look(page, 'sent');
  }

  // photo chooses a picture; with scripts it is on its way at once, and the page shows
  // it when it has arrived.
  async photo(page, file) {
    await choosePhoto(page, file, this.js);
    if (this.js) await expect(page.getByRole('heading', { name: /^Foto sekarang/ })).toBeVisible();
  }

  // photoKey is the name of the submission's first picture, read off the maker's
  // own page once its sizes are made.
  async photoKey() {
    let key;
    await this.maker.goto(this.submission);
    await reloadUntil(this.maker, async () => {
      const html = await this.maker.content();
      key = /\/gambar\/([^/"]+)\/640\.jpg/.exec(html)?.[1];
      expect(key).toBeTruthy();
    });
    return key;
  }

  // pictures asks for a picture in every size and format.
  async pictures(who, key) {
    const all = [160, 320, 640, 1280].flatMap((size) => [`${size}.webp`, `${size}.jpg`]);
    const answers = await Promise.all(all.map((file) => who.get(`/gambar/${key}/${file}`)));
    return [...new Set(answers.map((answer) => answer.status()))];
  }

  // hidden holds that nothing of the product can be had without its maker's
  // session.
  async hidden(...keys) {
    this.stranger ??= await request.newContext({ baseURL: this.app.url });
    const get = async (path) => {
      const answer = await this.stranger.get(path);
      return { status: answer.status(), text: await answer.text() };
    };
    expect((await get(`/produk/${product.slug}`)).status).toBe(404);
    expect((await get(new URL(this.submission).pathname)).text).not.toContain(product.name); // leads to sign-in
    for (const path of ['/', '/produk', `/produk?q=${encodeURIComponent(product.name)}`, this.shopPath, '/sitemap.xml']) {
      const { status, text } = await get(path);
      expect([path, status]).toEqual([path, 200]);
      // The search repeats its own words, in the field and the headline.
      expect(text, path).not.toContain(`/produk/${product.slug}`);
      for (const key of keys) expect(text, path).not.toContain(key);
    }
    for (const key of keys) {
      // The maker sees the same addresses, so they are the right ones.
      expect(await this.pictures(this.maker.request, key)).toEqual([200]);
      expect(await this.pictures(this.stranger, key)).toEqual([404]);
    }
  }

  async giveBack() {
    const page = (this.curator = await this.people.demo('curator'));
    await heading(page, 'Antrean kurasi');
    await this.look(page, 'queue');
    await page.getByRole('link', { name: product.name }).click();
    await heading(page, product.name);
    await this.look(page, 'review, free');
    await press(page, 'Pegang dan periksa');
    await says(page, 'Anda memegang pengajuan ini sampai');
    await press(page, 'Kirim catatan ke pembuat');
    await says(page, 'Tandai paling sedikit satu butir yang perlu diperbaiki.');
    await this.look(page, 'review, faulty');
    const item = page.locator('#f-item_packaging-travel');
    await item.getByRole('radio', { name: 'Perbaiki' }).check();
    await item.getByLabel('Komentar untuk pembuat').fill(remark);
    await press(page, 'Kirim catatan ke pembuat');
    await says(page, `${product.name} dikembalikan. Pembuat sudah menerima catatan Anda.`);
  }

  async mend() {
    const page = this.maker;
    await page.goto('/toko-saya');
    await says(page, 'Petugas menulis catatan, baca dan perbaiki');
    await this.look(page, 'home with a task');
    await page.getByRole('link', { name: product.name }).click();
    await says(page, 'Hampir jadi. Perbaiki yang dicatat petugas, lalu kirim lagi.');
    await says(page, remark);
    await this.look(page, 'returned');
    await follow(page, 'Ganti foto');
    await expect(page.getByLabel('Ganti foto pertama')).toBeChecked();
    await this.look(page, 'change the photo');
    await this.photo(page, art('p05-lidah-kucing-after'));
    await press(page, 'Simpan');
    await says(page, 'Sudah Anda ubah. Kalau cukup, kirim lagi ke petugas.');
    await press(page, 'Kirim lagi ke petugas');
    await says(page, 'Terkirim. Petugas akan memeriksanya.');
    this.newPhoto = await this.photoKey();
    expect(this.newPhoto).not.toBe(this.firstPhoto);
  }

  async approve() {
    const page = this.curator;
    await page.goto('/kurasi');
    const line = page.getByRole('listitem').filter({ hasText: product.name });
    await expect(line).toContainText('Putaran 2');
    await line.getByRole('link', { name: product.name }).click();
    await says(page, remark); // what was asked for stands there
    await press(page, 'Pegang dan periksa');
    await says(page, `Langsung tayang dengan harga ${rupiah(product.price)}.`);
    await this.look(page, 'review, mine');
    await press(page, 'Yang belum dijawab: sudah baik');
    await press(page, 'Setujui dan tayangkan');
    await says(page, `${product.name} disetujui dan sudah tayang.`);
  }

  // shown holds that the product can be had everywhere, with its new picture and
  // not the old one. How soon is proven on a clock of its own (pagecache).
  async shown() {
    const soon = (place, ask) => expect.poll(ask, { message: `${place} knows ${product.name}`, intervals: [50] }).toBe(true);
    const link = `/produk/${product.slug}`;
    for (const path of ['/produk', `/produk?q=${encodeURIComponent(product.name)}`, this.shopPath]) {
      await soon(path, async () => (await (await this.stranger.get(path)).text()).includes(link));
    }
    await soon(link, async () => (await this.stranger.get(link)).ok());
    await soon('the new picture', async () => String(await this.pictures(this.stranger, this.newPhoto)) === '200');
    expect(await this.pictures(this.stranger, this.firstPhoto)).toEqual([404]);
  }

  // B. From the cart to the money at the gateway.

  async fillCart() {
    const page = (this.buyer = await this.people.newcomer('the buyer'));
    await page.goto('/');
    await this.look(page, 'front page');
    await this.search(page, product.name);
    await this.look(page, 'search');
    await page.getByRole('link', { name: product.name, exact: true }).first().click();
    await heading(page, product.name);
    await says(page, `Stok ${product.stock}`);
    await this.look(page, 'product');
    await page.getByLabel('Jumlah').fill(String(wanted));
    await press(page, 'Masukkan keranjang');
    await heading(page, 'Keranjang');
    await this.search(page, nastar.name);
    await page.getByRole('link', { name: nastar.name, exact: true }).first().click();
    await page.getByLabel('Jumlah').fill(String(nastar.wanted));
    await press(page, 'Masukkan keranjang');
    this.goods = wanted * product.price + nastar.wanted * nastar.price;
    await expect(page.getByRole('complementary', { name: 'Ringkasan' })).toContainText(rupiah(this.goods));
    await this.look(page, 'cart');
    await follow(page, 'Lanjut ke pembayaran');
  }

  async search(page, words) {
    await page.getByLabel('Cari produk').fill(words);
    await press(page, 'Cari');
    await heading(page, `Hasil untuk “${words}”`);
  }

  async checkOut() {
    const page = this.buyer;
    await heading(page, 'Pesan dan bayar');
    await this.look(page, 'checkout');
    await press(page, 'Pesan dan bayar');
    await says(page, 'Isi nama.');
    await page.getByLabel('Nama Anda').fill(buyer.name);
    await page.getByLabel('Nomor HP', { exact: true }).fill(buyer.phone);
    await press(page, 'Pesan dan bayar');
    await says(page, `Pilih cara kirim dari ${shop}.`);
    await this.look(page, 'checkout, faulty');
    await page.getByLabel('Surel').fill(buyer.email);
    await page.locator('summary', { hasText: 'Penerimanya orang lain?' }).click();
    await page.getByLabel('Nama penerima').fill('Ibu Ratmi');
    await page.getByLabel('Nomor HP penerima').fill('0812-0000-0078');
    const choose = async (list, label, button) => {
      await page.getByLabel(list, { exact: true }).selectOption({ label });
      if (!this.js) await press(page, button);
    };
    await choose('Provinsi', 'Jawa Timur', 'Tampilkan kabupaten');
    await choose('Kabupaten atau kota', 'Kota Surabaya', 'Tampilkan kecamatan');
    await choose('Kecamatan', 'Gubeng', 'Lihat ongkos kirim');
    await page.getByLabel('Jalan dan nomor rumah').fill('Jl. Karimata 9, RT 003/RW 005');
    await page.getByLabel('Desa atau kelurahan').fill('Gubeng');
    await page.getByLabel('Catatan untuk toko').fill('Tolong sebelum pukul dua.');
    const kube = page.getByRole('group', { name: 'KUBE Dapur Gayeng' });
    await kube.getByLabel('Kurir').check();
    this.fee = sum(await kube.locator('.choice', { hasText: 'Kurir' }).textContent());
    await page.getByRole('group', { name: shop }).getByLabel('Ambil sendiri').check();
    if (!this.js) await press(page, 'Hitung ulang ongkos kirim');
    this.total = this.goods + this.fee;
    await expect(page.getByRole('complementary', { name: 'Ringkasan' })).toContainText(rupiah(this.total));
    await expect(page.getByLabel('Nama penerima')).toHaveValue('Ibu Ratmi'); // kept on the way
    await this.look(page, 'checkout, filled');
    await press(page, 'Pesan dan bayar');
    await toGateway(page, this.total);
    await says(page, rupiah(this.total));
  }

  async pay() {
    const page = this.buyer;
    await follow(page, 'QRIS');
    await press(page, `Bayar ${rupiah(this.total)} (simulasi)`);
    await expect(page).toHaveURL(/\/pembayaran\//);
    await heading(page, 'Pembayaran diterima'); // the page looks by itself
    this.payment = page.url();
    const orders = page.getByRole('region', { name: 'Pesanan Anda' });
    await expect(orders.getByRole('link')).toHaveCount(2);
    this.bought = {
      kube: await orders.getByRole('link', { name: 'KUBE Dapur Gayeng' }).getAttribute('href'),
      narti: await orders.getByRole('link', { name: shop }).getAttribute('href'),
    };
    await this.look(page, 'paid');
  }

  // C. From the order to the doorstep.

  async lastriSends() {
    const page = (this.lastri = await this.people.demo('maker'));
    await heading(page, 'KUBE Dapur Gayeng');
    await place(page, 'Uang');
    this.before = await this.purse(page);
    await this.look(page, 'money before');
    await place(page, 'Pesanan');
    await expect(page.getByRole('main').getByRole('button', { name: `${nastar.wanted} ${nastar.name}` })).toHaveCount(1);
    await expect(page.getByRole('main')).not.toContainText(product.name); // another shop's
    await this.look(page, 'orders');
    await page.getByRole('button', { name: `${nastar.wanted} ${nastar.name}` }).click();
    await heading(page, 'Pesanan baru, sudah dibayar');
    await says(page, 'Tolong sebelum pukul dua.');
    await says(page, 'Ibu Ratmi');
    await this.look(page, 'new order');
    await press(page, 'Mulai dikerjakan');
    await says(page, 'Selamat mengerjakan. Pembeli sudah bisa melihatnya.');
    await press(page, 'Barang sudah siap');
    await says(page, 'Bagus. Barang tercatat siap.');
    await follow(page, 'Kirim barang');
    await page.getByLabel('Nama kurir').fill('JNE');
    await press(page, 'Sudah dikirim');
    await says(page, 'Tulis nomor resi dari kurir.');
    await expect(page.getByLabel('Nama kurir')).toHaveValue('JNE');
    await this.look(page, 'dispatch, faulty');
    await page.getByLabel('Nomor resi').fill('JP1234567890');
    await press(page, 'Sudah dikirim');
    await says(page, 'Pesanan tercatat dikirim. Pembeli sudah diberi tahu.');
    await this.look(page, 'dispatched order');
  }

  async purse(page) {
    const read = async (name) => sum(await page.locator('.purse .panel', { hasText: name }).locator('.sum').textContent());
    return { free: await read('Bisa diambil'), held: await read('Ditahan sampai pesanan selesai') };
  }

  async cannotMakeOne() {
    const page = this.maker;
    await page.goto('/toko-saya');
    await says(page, '1 pesanan baru');
    await place(page, 'Pesanan');
    await page.getByRole('button', { name: `${wanted} ${product.name}` }).click();
    const mine = page.url();
    expect((await this.lastri.request.get(mine)).status()).toBe(404);
    await follow(page, 'Tidak sanggup');
    await page.getByLabel('Berapa yang tidak sanggup?').fill('4');
    await page.getByLabel('Apa alasannya?').fill('Kejunya tinggal sedikit.');
    await press(page, 'Lihat uang yang kembali');
    await says(page, 'Isi jumlah antara 0 dan 3.');
    await this.look(page, 'refuse, faulty');
    await page.getByLabel('Berapa yang tidak sanggup?').fill('1');
    await press(page, 'Lihat uang yang kembali');
    await heading(page, 'Kembalikan uang pembeli?');
    await says(page, rupiah(product.price));
    await says(page, 'tiga puluh ribu rupiah');
    await this.look(page, 'refuse, confirm');
    await press(page, 'Ya, kembalikan uangnya');
    await says(page, 'Sudah dicatat. Uang pembeli dikembalikan.');
    await says(page, '1 tidak sanggup dibuat');
    await this.look(page, 'order refused in part');
  }

  async takeRefund() {
    const page = this.buyer;
    await page.goto(this.bought.narti);
    await says(page, `${rupiah(product.price)} dikembalikan kepada Anda.`);
    await says(page, 'Ada uang yang kembali kepada Anda');
    await this.look(page, 'order with a refund');
    await follow(page, 'Isi rekening');
    await says(page, rupiah(product.price));
    await page.getByLabel('Bank atau dompet digital').selectOption({ label: 'BCA' });
    await page.getByLabel('Nomor rekening').fill('12ab');
    await page.getByLabel('Nama pemilik rekening').fill(buyer.name);
    await press(page, 'Kirim rekening');
    await says(page, 'Tulis nomor rekening dengan angka saja, 5 sampai 20 angka.');
    await this.look(page, 'refund, faulty');
    await page.getByLabel('Nomor rekening').fill('1234567890');
    await press(page, 'Kirim rekening');
    await says(page, 'Rekening sudah kami terima');
    await this.look(page, 'refund, done');
  }

  async handOver() {
    const page = this.maker;
    await press(page, 'Mulai dikerjakan');
    await press(page, 'Barang sudah siap');
    await says(page, 'Bagus. Barang tercatat siap.');
    await this.buyer.goto(this.bought.narti);
    await heading(this.buyer, 'Siap diambil');
    await says(this.buyer, 'Jl. Cempaka RT 002 RW 001'); // only the buyer who paid sees it
    const code = await this.buyer.locator('b.code').textContent();
    await this.look(this.buyer, 'ready to collect');
    await follow(page, 'Serahkan dengan kode');
    await page.getByLabel('Kode dari pembeli').fill(code === '000000' ? '000001' : '000000');
    await press(page, 'Serahkan barang');
    await says(page, /Kode ini salah\. Sisa \d kali mencoba\./);
    await this.look(page, 'hand over, faulty');
    await page.getByLabel('Kode dari pembeli').fill(code);
    await press(page, 'Serahkan barang');
    await says(page, 'Pesanan sudah diserahkan.');
  }

  async receive() {
    const page = this.buyer;
    await page.goto(this.bought.kube);
    await heading(page, 'Sedang dalam perjalanan');
    await says(page, 'JP1234567890');
    await this.look(page, 'on the way');
    await press(page, 'Barang sudah saya terima');
    await heading(page, 'Selesai. Terima kasih');
    await this.look(page, 'received');
    await page.goto(this.bought.narti);
    await heading(page, 'Sudah Anda ambil');
    await press(page, 'Barang sudah saya terima');
    await heading(page, 'Selesai. Terima kasih');
  }

  // The buyer says how it was, a curator reads first what holds a number,
  // and the maker answers.
  async review() {
    const page = this.buyer;
    await page.goto(this.bought.kube);
    await page.getByRole('link', { name: 'Beri ulasan' }).first().click();
    await heading(page, `Bagaimana ${nastar.name}?`);
    await this.look(page, 'review');
    await press(page, 'Kirim ulasan');
    await expect(page.getByRole('alert')).toBeVisible();
    await this.look(page, 'review, faulty');
    await page.getByRole('radio', { name: /^Bagus sekali/ }).check();
    await page.getByLabel('Ceritakan').fill('Renyah. Pesan lagi lewat 0812 0000 0077.');
    await press(page, 'Kirim ulasan');
    await says(page, 'Dibaca petugas dulu');
    await this.look(page, 'received and reviewed');
    const desk = this.curator;
    await desk.goto('/kurasi/ulasan');
    await says(desk, 'Renyah. Pesan lagi lewat 0812 0000 0077.');
    await this.look(desk, 'reviews to read');
    await press(desk, 'Sembunyikan');
    await expect(desk.getByRole('alert')).toBeVisible();
    await this.look(desk, 'reviews to read, faulty');
    await page.getByRole('link', { name: /Dibaca petugas dulu/ }).click();
    await page.getByLabel('Ceritakan').fill('Renyah, sampai utuh.');
    await press(page, 'Kirim ulasan');
    await says(page, 'Sudah tampil');
    const shop = this.lastri;
    await shop.goto('/toko-saya/ulasan');
    await this.look(shop, 'reviews of the shop');
    await shop.getByRole('link', { name: /^Jawab/ }).first().click();
    await heading(shop, 'Jawab ulasan');
    await press(shop, 'Kirim jawaban');
    await expect(shop.getByRole('alert')).toBeVisible();
    await this.look(shop, 'answer, faulty');
    await shop.getByLabel('Jawaban Anda').fill('Terima kasih, kami tunggu pesanan berikutnya.');
    await press(shop, 'Kirim jawaban');
    await says(shop, 'Jawaban Anda sudah tampil.');
    await page.goto('/produk/nastar');
    await says(page, 'Renyah, sampai utuh.');
    await says(page, 'Jawaban KUBE Dapur Gayeng');
    await this.look(page, 'product with reviews');
    await page.goto('/produk/nastar/ulasan');
    await this.look(page, 'reviews of a product');
    await follow(page, 'Laporkan ulasan Wulan, Kota Surabaya');
    await heading(page, 'Laporkan ulasan');
    await this.look(page, 'report a review');
  }

  async messages() {
    const page = (this.admin = await this.people.demo('admin'));
    await page.goto('/admin/kotak-keluar');
    await reloadUntil(page, async () => {
      const all = await page.getByRole('main').textContent();
      for (const sentence of [
        `pembayaran ${rupiah(this.total)} sudah kami terima`,
        'Ada pesanan baru', 'sudah dikirim. Kurir JNE, nomor resi JP1234567890.',
        'tidak sanggup membuat sebagian pesanan', `Uang ${rupiah(product.price)} dari pesanan`, 'siap diambil. Kode pengambilan',
        'perlu diperbaiki', 'sudah tayang dan bisa dipesan pembeli', 'menjadi hak KUBE Dapur Gayeng',
      ]) expect(all).toContain(sentence);
    });
    await this.look(page, 'outbox');
  }

  // D. From held money to the maker's pocket.

  async earn(timeout) {
    const page = this.lastri;
    await page.goto('/toko-saya/uang');
    this.earned = this.before.free + nastar.wanted * nastar.price + this.fee;
    await reloadUntil(page, async () => expect((await this.purse(page)).free).toBe(this.earned), timeout);
    await this.look(page, 'money to take');
  }

  async withdraw() {
    const page = this.lastri;
    await follow(page, 'Tarik uang');
    await page.getByLabel('Jumlah yang ditarik').fill('5.000');
    await press(page, 'Lanjut');
    await expect(page.getByRole('alert')).toContainText('Paling sedikit Rp');
    await this.look(page, 'take, faulty');
    await follow(page, `Semuanya, ${rupiah(this.earned)}`);
    await press(page, 'Lanjut');
    await heading(page, 'Betul sebanyak ini?');
    await says(page, rupiah(this.earned));
    await says(page, words(this.earned));
    await this.look(page, 'take, confirm');
    await press(page, 'Ya, tarik uang');
    await says(page, `Permintaan tarik ${rupiah(this.earned)} terkirim.`);
    await this.look(page, 'money asked for');
  }

  async payOut() {
    const page = (this.finance = await this.people.demo('finance'));
    await heading(page, 'Pencairan');
    await this.look(page, 'withdrawals');
    await page.getByRole('row').filter({ hasText: 'KUBE Dapur Gayeng' }).getByRole('link').click();
    await says(page, words(this.earned));
    await press(page, `Setujui dan kirim ${rupiah(this.earned)}`);
    await says(page, 'Cocokkan dulu jumlah dan rekeningnya, lalu beri tanda centang.');
    await this.look(page, 'withdrawal, faulty');
    await page.getByLabel('Jumlah, toko, dan rekening sudah saya cocokkan.').check();
    await press(page, `Setujui dan kirim ${rupiah(this.earned)}`);
    await says(page, 'Disetujui. Uang sedang dikirim ke bank.');
    await reloadUntil(page, () => expect(page.getByRole('main').getByText('Sudah sampai').first()).toBeVisible({ timeout: 500 }));
    await this.look(page, 'withdrawal, paid');
    await page.goto('/keuangan/tugas');
    await reloadUntil(page, () => expect(page.getByText('Semua pengembalian sudah sampai.')).toBeVisible({ timeout: 500 }));
    await this.look(page, 'tasks');
    await page.goto('/keuangan/neraca');
    await says(page, /Debit sama dengan kredit/);
    await this.look(page, 'accounts');
  }

  async statement() {
    const page = this.lastri;
    await page.goto('/toko-saya/uang');
    await reloadUntil(page, async () => expect((await this.purse(page)).free).toBe(0));
    const book = page.getByRole('region', { name: 'Keluar masuk uang' });
    await expect(book).toContainText(rupiah(this.earned));
    await expect(book).toContainText(rupiah(nastar.wanted * nastar.price));
    await expect(book).toContainText(rupiah(this.fee));
    await says(page, 'Sudah sampai');
    await this.look(page, 'money taken');
    await page.goto('/toko-saya/kotak-masuk');
    await says(page, 'Uang Anda sudah sampai');
    await this.look(page, 'inbox');
  }
}

// toGateway waits for the gateway's hosted page. Where the job that makes the
// invoice was faster than the request, our own page leads there.
export async function toGateway(page, total) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Pilih cara bayar|Halaman bayar sedang disiapkan|Menunggu pembayaran/);
  if (/\/pembayaran\//.test(page.url())) await follow(page, `Bayar ${rupiah(total)}`);
  await heading(page, 'Pilih cara bayar');
}

// place goes to one of the maker's places at the foot of the phone.
async function place(page, name) {
  await page.getByRole('navigation', { name: 'Menu utama' }).getByRole('link', { name }).click();
}

// words says an amount as the pages do, for the amounts of this story.
function words(amount) {
  const small = ['', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh', 'sebelas'];
  const say = (n) => {
    if (n < 12) return small[n];
    if (n < 20) return `${small[n - 10]} belas`;
    if (n < 100) return `${small[Math.floor(n / 10)]} puluh ${say(n % 10)}`;
    if (n < 200) return `seratus ${say(n - 100)}`;
    if (n < 1000) return `${small[Math.floor(n / 100)]} ratus ${say(n % 100)}`;
    if (n < 2000) return `seribu ${say(n - 1000)}`;
    return `${say(Math.floor(n / 1000))} ribu ${say(n % 1000)}`;
  };
  return `${say(amount)} rupiah`.replace(/ +/g, ' ');
}
