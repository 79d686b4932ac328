// A jar of cookies on its way through the desk: the companion of a maker without
// a smartphone on a phone, and the curator at a desk.

import { expect } from '@playwright/test';
import { choosePhoto, follow, heading, press, pressed, reloadUntil, says, signIn } from './people.mjs';
import { art } from './story.mjs';

export const jar = { name: 'Lidah kucing 250 g', slug: 'lidah-kucing-250-g', shop: 'Toples Bu Wening' };

const desk = { viewport: { width: 1280, height: 900 }, isMobile: false, hasTouch: false, deviceScaleFactor: 1 };
const pirt = 'P-IRT (pangan industri rumah tangga)';

// day is a date so many days from now, as a date field wants it.
const day = (days) => new Date(Date.now() + days * 24 * 3600 * 1000).toISOString().slice(0, 10);

export class Jar {
  constructor(app, people) {
    Object.assign(this, { app, people });
  }

  // begin lists the product for the maker and sends it.
  async begin() {
    const page = (this.hendro = await this.people.demo('companion'));
    await page.goto('/toko-saya/pilih');
    await page.getByRole('button', { name: jar.shop }).click();
    await heading(page, jar.shop);
    await page.goto('/toko-saya/produk');
    await press(page, 'Tambah produk baru');
    await choosePhoto(page, art('p05-lidah-kucing-before'));
    await press(page, 'Lanjut');
    await press(page, 'Kue kering');
    await page.getByLabel('Nama produk').fill(jar.name);
    await press(page, 'Lanjut');
    await page.getByLabel('Harga', { exact: true }).fill('28.000');
    await page.getByLabel('Untuk satu apa?').fill('bungkus 250 g');
    await press(page, 'Lanjut');
    await page.getByLabel('Dibuat setelah dipesan').check();
    await page.getByLabel('Jumlah', { exact: true }).fill('80');
    await page.getByLabel('Siap dalam berapa hari kerja?').fill('4');
    await press(page, 'Lanjut');
    await heading(page, jar.name);
    this.submission = new URL(page.url()).pathname;
    await page.goto(`${this.submission}/keterangan`);
    await page.getByLabel('Cerita tentang produk').fill('Tipis, renyah, harum mentega. Resep simbah.');
    await page.getByLabel('Berat satu barang').fill('350');
    await press(page, 'Simpan');
    await press(page, 'Kirim ke petugas');
    await says(page, 'Terkirim. Petugas akan memeriksanya.');
  }

  // open leads the curator from the queue to the jar, held.
  async open(round = 1) {
    if (!this.dimas) {
      this.dimas = await this.people.newcomer('Dimas', desk);
      await signIn(this.dimas, this.app.accounts.curator);
    }
    const page = this.dimas;
    await page.goto('/kurasi');
    const line = page.getByRole('listitem').filter({ hasText: jar.name });
    if (round > 1) await expect(line).toContainText(`Putaran ${round}`);
    await line.getByRole('link', { name: jar.name }).click();
    await press(page, 'Pegang dan periksa');
    await says(page, 'Anda memegang pengajuan ini sampai');
    await reloadUntil(page, () => expect(page.locator('[data-photo] img').first()).toBeVisible({ timeout: 500 }), 240_000); // after the pictures of the whole demo world
    return page;
  }

  // giveBack sends the jar back with points, each with a pin where it says at.
  async giveBack(points) {
    const page = this.dimas;
    const photo = page.locator('[data-photo]').first();
    for (const { question, words, at } of points) {
      const item = page.getByRole('group', { name: question });
      await item.getByRole('radio', { name: 'Perbaiki' }).check();
      await item.getByLabel('Komentar untuk pembuat').fill(words);
      if (!at) continue;
      await photo.scrollIntoViewIfNeeded();
      const box = await photo.boundingBox();
      await photo.click({ position: { x: box.width * at[0], y: box.height * at[1] } });
      await expect(item.locator('[data-pins] label')).toHaveCount(1);
    }
    await press(page, 'Kirim catatan ke pembuat');
    await says(page, `${jar.name} dikembalikan. Pembuat sudah menerima catatan Anda.`);
  }

  // read lets the companion read every point of a return, one at a time.
  async read(points) {
    const page = this.hendro;
    await page.goto('/toko-saya');
    await says(page, 'Petugas menulis catatan, baca dan perbaiki');
    await page.goto(this.submission);
    for (const [n, { words, pin }] of points.entries()) {
      const point = page.getByRole('region', { name: `Catatan ${n + 1} dari ${points.length}` });
      await expect(point).toContainText(words);
      for (const other of points) if (other.words !== words) await expect(point).not.toContainText(other.words);
      await expect(point.locator('.pinned circle')).toHaveCount(pin ? 1 : 0);
      if (pin) await says(point, pin);
      if (n < points.length - 1) await follow(point, 'Berikutnya');
    }
  }

  // answer says something about a point and calls it mended.
  async answer(n, words) {
    const page = this.hendro;
    await page.goto(`${this.submission}?poin=${n}`);
    await page.locator('summary', { hasText: 'Jawab petugas, atau minta ditelepon' }).click();
    await page.getByLabel('Jawaban Anda').fill(words);
    await page.getByLabel('Sudah saya perbaiki').check();
    await press(page, 'Kirim jawaban');
    await says(page, 'Jawaban terkirim.');
    await says(page, `Catatan ${n + 1} dari`); // on to the next
  }

  // mend answers round 1: a jar that closes, its net weight and how long it keeps,
  // but not yet what people can be allergic to; and the licence from the wall,
  // which has run out.
  async mend() {
    const page = this.hendro;
    await page.goto(`${this.submission}?poin=2`);
    await follow(page, 'Ganti foto');
    await choosePhoto(page, art('p05-lidah-kucing-after'));
    await press(page, 'Simpan');
    await page.goto(`${this.submission}?poin=2`);
    await follow(page, 'Ubah komposisi');
    await page.getByLabel('Komposisi').fill('Tepung terigu, mentega, telur, gula, susu');
    await page.getByLabel('Isi bersih').fill('250 g');
    await press(page, 'Lanjut');
    await heading(page, 'Apakah mengandung salah satu ini?'); // left for later
    await page.goto(`${this.submission}/dapur`);
    await page.getByLabel('Dapur di rumah').check();
    await pressed(page.getByRole('main').getByRole('button'));
    await page.getByLabel('Tahan berapa lama?').fill('60');
    await pressed(page.getByRole('main').getByRole('button'));
    await this.certificate(pirt, 'P-IRT CONTOH-LK1', -40);
    await says(page, 'Tanggal itu sudah lewat. Masukkan yang masih berlaku.');
    await this.sendAgain();
  }

  async sendAgain() {
    const page = this.hendro;
    await page.goto(this.submission);
    await press(page, 'Kirim lagi ke petugas');
    await says(page, 'Terkirim. Petugas akan memeriksanya.');
  }

  // certificate enters a paper with a photo of it.
  async certificate(kind, number, days) {
    const page = this.hendro;
    await page.goto('/toko-saya/izin');
    await page.getByLabel('Jenis').selectOption({ label: kind });
    await page.getByLabel('Untuk produk apa?').selectOption({ label: jar.name });
    await page.getByLabel('Nomor').fill(number);
    if (days) await page.getByLabel('Berlaku sampai').fill(day(days));
    await page.getByLabel('Foto sertifikat').setInputFiles(art('p05-lidah-kucing'));
    await press(page, 'Kirim untuk dicocokkan');
  }

  // certified is a certificate that the desk compared with its photo.
  async certified(kind, number, days) {
    await this.certificate(kind, number, days);
    await says(this.hendro, 'Terkirim. Petugas akan mencocokkannya.');
    const page = this.dimas;
    await page.goto('/kurasi/sertifikat');
    const paper = page.getByRole('listitem').filter({ hasText: number });
    await expect(paper.getByRole('link', { name: 'Lihat foto sertifikat' })).toBeVisible();
    await press(paper, 'Cocok');
    await says(page, 'Surat sudah dicocokkan.');
  }

  // complete answers round 2, and asks for what a jar is worth.
  async complete() {
    const page = this.hendro;
    await this.certified(pirt, `P-IRT CONTOH-${jar.slug}`, 700);
    await this.certified('Sertifikat halal', `ID CONTOH-${jar.slug}`);
    await page.goto(`${this.submission}/alergen`);
    for (const name of ['telur', 'susu', 'gandum (gluten)']) await expect(page.getByLabel(name)).toBeChecked(); // read off the composition
    await press(page, 'Ya, sudah benar');
    await page.goto(`${this.submission}/harga?review=1`);
    await page.getByLabel('Harga', { exact: true }).fill('35.000');
    await page.getByLabel('Untuk satu apa?').fill('toples 250 g');
    await press(page, 'Simpan');
    await this.sendAgain();
  }

  // history reads the three rounds as they are printed.
  async history() {
    const page = this.hendro;
    await page.goto(`${this.submission}/riwayat`);
    for (const [n, outcome] of ['Dikembalikan untuk diperbaiki', 'Dikembalikan untuk diperbaiki', 'Disetujui'].entries()) {
      const round = page.locator('.round', { has: page.getByRole('heading', { name: `Pemeriksaan ke-${n + 1}`, exact: true }) });
      await expect(round).toContainText(outcome);
      await expect(round).toContainText(/Dimas A\., \d+ \S+ 2\d{3}.*WIB/);
      await expect(round).toContainText(/Makanan dan minuman.*1/);
    }
    await expect(page.locator('.round .pinned circle')).toHaveCount(3);
  }

  // change sends another recipe of what is live.
  async change(composition) {
    const page = this.hendro;
    await page.goto('/toko-saya/produk');
    await page.getByRole('link', { name: jar.name }).click();
    await press(page, 'Ubah foto atau keterangan');
    this.submission = new URL(page.url()).pathname;
    await page.goto(`${this.submission}/komposisi`);
    await page.getByLabel('Komposisi').fill(composition);
    await press(page, 'Lanjut');
    await press(page, 'Ya, sudah benar');
    await page.goto(this.submission);
    await press(page, 'Kirim ke petugas');
    await says(page, 'Terkirim. Petugas akan memeriksanya.');
  }
}
