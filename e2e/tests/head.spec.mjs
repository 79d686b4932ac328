// The head of the agency by keyboard only: who had no order for sixty days, one of
// them, and the same figures in a file.

import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { heading, People } from '../support/people.mjs';

test.describe.configure({ timeout: 600_000 });

// parts are the files of a zip archive by their names.
function parts(zip) {
  const found = {};
  let at = zip.readUInt32LE(zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')) + 16); // the directory
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [name, extra, note] = [28, 30, 32].map((n) => zip.readUInt16LE(at + n));
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(from, from + size);
    found[zip.toString('utf8', at + 46, at + 46 + name)] = (method ? inflateRawSync(bytes) : bytes).toString('utf8');
    at += 46 + name + extra + note;
  }
  return found;
}

// sheet reads the rows of a file's first sheet.
async function sheet(download) {
  const files = parts(await readFile(await download.path()));
  const words = [...(files['xl/sharedStrings.xml'] ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map(([, one]) => [...one.matchAll(/<t[^>]*>(.*?)<\/t>/gs)].map(([, t]) => t).join(''));
  return [...files['xl/worksheets/sheet1.xml'].matchAll(/<row[^>]*>(.*?)<\/row>/gs)].map(([, row]) =>
    [...row.matchAll(/<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(([, kind, inside = '']) => {
      const value = /<(?:v|t)[^>]*>(.*?)<\/(?:v|t)>/s.exec(inside)?.[1] ?? '';
      return /t="s"/.test(kind) ? words[Number(value)] : value;
    }));
}

test('the head finds who stands still, opens one, and takes the figures along', async ({ browser }) => {
  const app = await startApp();
  const people = new People(app, browser);
  try {
    const page = await people.newcomer('the head', { viewport: { width: 1280, height: 900 }, isMobile: false, hasTouch: false });
    // to goes on with Tab until the element has the focus, and sees that it shows.
    const to = async (what) => {
      await expect(what).toBeVisible();
      for (let n = 0; n < 200; n++) {
        await page.keyboard.press('Tab');
        if (!await what.evaluate((e) => e === document.activeElement)) continue;
        expect(await what.evaluate((e) => e.matches(':focus-visible'))).toBe(true);
        return;
      }
      throw new Error(`${what} was never reached with Tab`);
    };
    const press = async (what) => {
      await to(what);
      await page.keyboard.press('Enter');
    };
    const { phone, password } = app.accounts.head;
    await page.goto('/masuk');
    await to(page.getByLabel('Nomor HP'));
    await page.keyboard.type(phone);
    await page.keyboard.press('Enter');
    await to(page.getByLabel('Kata sandi'));
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/masuk\/dua/);
    const shown = page.locator('.notice', { hasText: 'Hanya di demo' });
    await expect(async () => {
      await page.reload();
      await expect(shown).toContainText(/\d{6}/, { timeout: 500 });
    }).toPass({ timeout: 70_000 });
    const digits = /\d{6}/.exec(await shown.textContent())[0];
    await to(page.getByLabel('Kode dari aplikasi'));
    await page.keyboard.type(digits);
    await page.keyboard.press('Enter');
    await heading(page, 'Ringkasan dinas');

    // A figure leads to its lines, and the lines add up to it.
    const idle = page.locator('main a', { hasText: 'Lama tanpa pesanan' }).first();
    const many = Number(/\d+/.exec(await idle.innerText())[0]);
    expect(many).toBeGreaterThan(0);
    const [file] = await Promise.all([page.waitForEvent('download'), press(page.getByRole('link', { name: 'Unduh XLSX' }).first())]);
    const rows = await sheet(file);
    const total = rows.at(-1);
    const regencies = rows.slice(1, -1);
    expect(Number(total.at(-2))).toBe(many);
    for (let column = 2; column < total.length; column++) {
      expect(regencies.reduce((sum, row) => sum + Number(row[column]), 0)).toBe(Number(total[column]));
    }
    const table = page.locator('main table').first();
    const line = (words) => table.getByRole('row').filter({ hasText: words });
    for (const row of regencies) await expect(line(row[1]).getByRole('cell').nth(1)).toHaveText(row[2]);
    expect(await page.content()).not.toMatch(/class="bar[^"]*"[^>]*>\s*Rp0/); // a bar of nothing is no bar

    await press(idle);
    await heading(page, /./);
    await expect(page).toHaveURL(/isi=sepi/);
    const shops = page.locator('main table tbody tr').filter({ has: page.getByRole('link') });
    const names = await page.locator('main table a[href^="/dinas/perajin/"]').allInnerTexts();
    expect(names.length).toBe(many);
    const [detail] = await Promise.all([page.waitForEvent('download'), press(page.getByRole('link', { name: 'Unduh XLSX' }).first())]);
    expect((await sheet(detail)).slice(1).map((row) => row[0])).toEqual(names.map((name) => name.trim()));
    await press(shops.first().getByRole('link').first());
    await heading(page, names[0].trim());
    people.wellBehaved();
  } finally {
    await people.close();
    await app.stop();
  }
});
