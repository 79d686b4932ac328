// What every page must be, whoever sees it: nothing that axe finds, in the light
// and in the dark, on a phone and on a wide screen, and no sideways scrolling.

import axe from 'axe-core';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const phone = { width: 360, height: 800 };
const wide = { width: 1280, height: 800 };

// Colours are the only thing that light and dark change, so two of the four
// views are looked at for them alone.
const views = [
  { name: 'phone, light', size: phone, colorScheme: 'light' },
  { name: 'phone, dark', size: phone, colorScheme: 'dark', rules: ['color-contrast'] },
  { name: 'wide, dark', size: wide, colorScheme: 'dark' },
  { name: 'wide, light', size: wide, colorScheme: 'light', rules: ['color-contrast'] },
];

// Inspector looks at pages and remembers every fault with where it was.
export class Inspector {
  faults = [];
  seen = 0;

  inspect = async (page, name) => {
    this.seen++;
    for (const view of views) {
      await page.setViewportSize(view.size);
      // Without motion: colours on their way from light to dark are none of ours.
      await page.emulateMedia({ colorScheme: view.colorScheme, reducedMotion: 'reduce' });
      if (view.size === phone && !view.rules) await this.#fits(page, name);
      const violations = await check(page, view.rules ? { type: 'rule', values: view.rules } : { type: 'tag', values: tags });
      for (const { id, nodes } of violations) {
        this.faults.push(`${name} (${view.name}): ${id} at ${nodes.map((node) => `${node.target.join(' ')} ${brief(node)}`).join(' | ')}`);
      }
    }
    await page.setViewportSize(phone);
    await page.emulateMedia({ colorScheme: 'light' });
  };

  async #fits(page, name) {
    const over = await page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= room) return [];
      const clipped = (element) => {
        for (let e = element.parentElement; e && e !== document.body; e = e.parentElement) {
          if (getComputedStyle(e).overflowX !== 'visible') return true;
        }
        return false;
      };
      const wideOnes = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > room + 1 && !clipped(e));
      return ['the page', ...wideOnes.slice(0, 3).map((e) => `${e.localName}.${e.className}`)];
    });
    if (over.length) this.faults.push(`${name}: wider than 360 px: ${over.join(', ')}`);
  }
}

// check runs axe in the page, whose source is put there once.
async function check(page, runOnly) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => (await window.axe.run(document, { runOnly: only, resultTypes: ['violations'] })).violations, runOnly);
}

function brief(node) {
  return node.any.concat(node.all, node.none).map((check) => check.message).slice(0, 1).join('').slice(0, 160);
}
