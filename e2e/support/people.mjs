// The people of a story, each with a browser of their own.

import { expect } from '@playwright/test';

// scriptless are the pages whose browser runs no scripts.
const scriptless = new WeakSet();

// People opens and closes browsers, and keeps everything that went wrong in
// them unseen: script errors, breaches of the content security policy, answers
// of 500, pictures or styles that did not come.
export class People {
  #open = [];
  #faults = [];

  constructor(app, browser, { js = true } = {}) {
    Object.assign(this, { app, browser, js });
  }

  // newcomer is somebody with a clean browser.
  async newcomer(name, options = {}) {
    const context = await this.browser.newContext({ baseURL: this.app.url, javaScriptEnabled: this.js, ...options });
    this.#open.push(context);
    const page = await context.newPage();
    if (!(options.javaScriptEnabled ?? this.js)) scriptless.add(page);
    const fault = (what) => this.#faults.push(`${name} at ${page.url()}: ${what}`);
    page.on('pageerror', (error) => fault(error.stack));
    page.on('console', (line) => {
      // Chromium writes one for every answer of 4xx; those that matter are
      // found below.
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) fault(line.text());
    });
    page.on('response', (answer) => {
      const document = answer.request().resourceType() === 'document';
      // js/offline.js sends a form itself and shows its refusal as a page (404: the
      // permission to help has ended); js/photos.js
      // says beside a photo why it is none.
      const asked = answer.request().headers();
      const refusal = (asked['x-lapak-kirim'] || /\/foto$/.test(answer.url()) && asked.accept === 'application/json') && [401, 404, 409, 422].includes(answer.status());
      if (answer.status() >= 500 || (answer.status() >= 400 && !document && !refusal)) fault(`${answer.status()} ${answer.url()}`);
    });
    page.on('requestfailed', (request) => {
      // A page left before its pictures have come is nobody's fault; nor is a signal
      // that a test has cut.
      if (!['net::ERR_ABORTED', 'net::ERR_INTERNET_DISCONNECTED'].includes(request.failure()?.errorText)) fault(`${request.failure()?.errorText} ${request.url()}`);
    });
    return page;
  }

  // demo is a person of the demo world, signed in.
  async demo(role) {
    const page = await this.newcomer(role);
    await signIn(page, this.app.accounts[role]);
    return page;
  }

  // wellBehaved fails when anything went wrong unseen.
  wellBehaved() {
    expect(this.#faults).toEqual([]);
  }

  async close() {
    await Promise.all(this.#open.map((context) => context.close()));
    this.#open = [];
  }
}

export async function signIn(page, { phone, password }) {
  await page.goto('/masuk');
  await page.getByLabel('Nomor HP').fill(phone);
  await press(page, 'Lanjut');
  await page.getByLabel('Kata sandi').fill(password);
  await press(page, 'Masuk');
  // Staff have a second step; the demo shows its code, or that the ones near now
  // are used up.
  await expect(page).not.toHaveURL(/\/masuk(\/sandi)?$/);
  if (/\/masuk\/dua/.test(page.url())) {
    const note = page.locator('.notice', { hasText: 'Hanya di demo' });
    await reloadUntil(page, () => expect(note).toContainText(/\d{6}/, { timeout: 500 }), 70_000);
    await page.getByLabel('Kode dari aplikasi').fill(/\d{6}/.exec(await note.textContent())[0]);
    await press(page, 'Masuk');
  }
  await expect(page).not.toHaveURL(/\/masuk/);
}

// press presses the button that is named exactly so. Where its form leaves the
// page, the next one is waited for: what is pressed or written before it came would
// still be done to the page that is being left. That is every form without scripts,
// and those that js/offline.js sends, unless it keeps them for want of a signal.
export async function press(where, name) {
  await pressed(where.getByRole('button', { name, exact: true }));
}

// pressed is press for a button that is already found.
export async function pressed(button) {
  const page = button.page();
  const kept = scriptless.has(page) ? false : await button.evaluate((b) => b.type === 'submit' && !!b.form?.dataset.keep);
  if (!kept && !scriptless.has(page)) return button.click();
  const come = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame(), timeout: 60_000 });
  if (!kept) return Promise.all([come, button.click()]);
  come.catch(() => {}); // kept instead
  await button.click();
  await Promise.race([come, page.locator('.outbox-note:visible, #antrean:visible').first().waitFor({ timeout: 60_000 })]);
}

export async function follow(where, name) {
  await where.getByRole('link', { name, exact: true }).first().click();
}

// says waits for a sentence to stand on the page, seen.
export async function says(where, sentence) {
  await expect(where.getByText(sentence).first()).toBeVisible();
}

// heading waits for the page's headline.
export async function heading(page, words) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words);
}

// reloadUntil loads a page anew until the check passes: for what a job does
// meanwhile on a page that does not look for news by itself.
export async function reloadUntil(page, check, timeout = 60_000) {
  await expect(async () => {
    await page.reload();
    await check();
  }).toPass({ timeout, intervals: [200, 300, 500] });
}

export const rupiah = (amount) => `Rp${amount.toLocaleString('id-ID')}`;

// sum reads "Rp126.000" as 126000.
export const sum = (text) => Number(/Rp([\d.]+)/.exec(text)[1].replaceAll('.', ''));

// choosePhoto takes a photo of a draft from the gallery. With scripts it is sent at
// once, and the page shows it when it has arrived.
export async function choosePhoto(page, file, js = true) {
  const gallery = page.getByLabel('Pilih dari galeri');
  await gallery.waitFor({ state: 'attached' }); // the page before has gone
  const arrived = js ? page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame(), timeout: 60_000 }) : undefined;
  await gallery.setInputFiles(file);
  await arrived;
}
