// A day at the curation desk without a mouse: twenty submissions from the queue
// to their decision, with the focus to be seen at every step.

import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { People, reloadUntil } from '../support/people.mjs';
import { art } from '../support/story.mjs';

test.describe.configure({ timeout: 600_000 });

const many = 20;
const photo = readFileSync(art('p05-lidah-kucing-after'));
const name = (n) => `Papan uji ${String(n).padStart(2, '0')}`;

test.describe('the desk by keyboard', () => {
  let app;
  test.beforeAll(async () => {
    app = await startApp();
  });
  test.afterAll(() => app?.stop());

  test('twenty submissions are claimed, approved and returned without a mouse', async ({ browser }) => {
    const makers = new People(app, browser, { js: false });
    const people = new People(app, browser);
    try {
      const maker = await makers.demo('maker');
      for (let n = 1; n <= many; n++) await list(maker.request, name(n));

      const page = await people.demo('curator');
      await page.setViewportSize({ width: 1280, height: 800 });
      const key = async (...keys) => {
        for (const one of keys) await page.keyboard.press(one);
      };
      // Whatever was done, the focus is somewhere and can be seen.
      const seen = async () => {
        const focus = page.locator('*:focus-visible');
        await expect(focus).toHaveCount(1);
        await expect(focus).toBeInViewport();
      };
      const decide = async (which) => {
        await key(which);
        await expect(page.locator(`[data-key="${which}"]`)).toBeFocused();
        await seen();
        await key('Enter');
      };

      await page.goto('/kurasi');
      await key('?');
      await expect(page.getByRole('dialog')).toBeVisible();
      await key('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
      await key('/');
      await page.keyboard.type('jka uji'); // letters that are keys elsewhere are words here
      await expect(page.getByRole('searchbox')).toHaveValue('jka uji');
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type('papan uji');
      await key('Enter');
      await expect(page).toHaveURL(/q=papan/);
      await expect(page.locator('[data-row]')).toHaveCount(many);
      await seen();
      await key('j', 'j', 'k');
      await seen();
      await expect(page.locator('[data-row]:focus')).toHaveText(name(2));
      await key('k', 'Enter');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(name(1));
      await seen();
      await key('u');
      await expect(page.locator('[data-row]:focus')).toHaveText(name(1)); // back where it was left
      await key('c'); // claimed from the list

      for (let n = 1; n <= many; n++) {
        await expect(page.getByRole('heading', { level: 1 })).toHaveText(name(n));
        await seen();
        if (await page.locator('[data-key="c"]').count()) await key('c');
        await expect(page.locator('.check-item').first()).toBeVisible();
        await seen();
        if (n % 3 === 0) {
          await reloadUntil(page, () => expect(page.locator('.pin-photo')).toBeVisible({ timeout: 500 }), 240_000); // the picture is prepared
          await key('2'); // leads to the comment
          await page.keyboard.type(`Rapikan ujungnya, jangan ada yang tajam (${n}).`);
          await key('Escape');
          await seen();
          await key('p', 'ArrowUp', 'ArrowRight', 'Enter'); // a pin on the picture
          await expect(page.locator('[data-pins] input:checked')).toHaveCount(1);
          await key('Escape');
          await seen();
          await decide('r');
          await expect(page.getByText(`${name(n)} dikembalikan.`)).toBeVisible();
        } else {
          await key('1');
          await key('r'); // only the focus moves
          await expect(page.locator('[data-key=r]')).toBeFocused();
          await key('f');
          await expect(page.locator('.check-item:not(:has(input:checked))')).toHaveCount(0);
          await seen();
          await decide('a');
          await expect(page.getByText(`${name(n)} disetujui`)).toBeVisible();
        }
      }
      await expect(page).toHaveURL(/\/kurasi\?q=papan/);
      await expect(page.getByText('Tidak ada yang cocok')).toBeVisible();
      await seen();
      people.wellBehaved();
    } finally {
      await makers.close();
      await people.close();
    }
  });
});

// list lists one product and sends it to the desk: the forms that its maker would
// send, without drawing the pages between them.
async function list(request, title) {
  const send = async (address, fields, kind = 'form') => {
    const answer = await request.post(address, { [kind]: fields });
    expect([address, answer.status()]).toEqual([address, 200]);
    return answer;
  };
  const field = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)[1];
  const start = await (await request.get('/toko-saya/produk')).text();
  const draft = await send('/toko-saya/produk', { shop: field(start, 'shop'), form_key: field(start, 'form_key') });
  const at = draft.url().replace(/\/foto$/, '');
  await send(`${at}/foto`, { photo: { name: 'foto.jpg', mimeType: 'image/jpeg', buffer: photo } }, 'multipart');
  await send(`${at}/jenis`, { category: 'lainnya' });
  await send(`${at}/nama`, { title });
  await send(`${at}/harga`, { price: '30.000', unit: 'buah' });
  const ready = await send(`${at}/jumlah`, { mode: 'stock', quantity: '5', lead_days: '1' });
  await send(`${at}/kirim`, { form_key: field(await ready.text(), 'form_key') });
}
