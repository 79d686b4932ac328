// The tests' own tools: were these wrong, journeys could pass on nothing.

import { expect, test } from '@playwright/test';
import { Inspector } from '../support/inspect.mjs';
import { readOutput } from '../support/output.mjs';
import { withDatabase } from '../support/postgres.mjs';

const started = `Lapak Berdaya
  toko      http://127.0.0.1:41001/
  gateway   http://127.0.0.1:41002/

  masuk     maker    0812 0000 0001   lebaran kue 12
  masuk     maker    081200000002     second
  masuk     curator  081200000003     third   code 123456
masuk: three people
`;

test('the start lines give addresses and the first account of each role', () => {
  expect(readOutput(started)).toEqual({
    url: 'http://127.0.0.1:41001',
    gatewayUrl: 'http://127.0.0.1:41002',
    accounts: {
      maker: { phone: '0812 0000 0001', password: 'lebaran kue 12', more: [] },
      curator: { phone: '081200000003', password: 'third', more: ['code 123456'] },
    },
  });
});

test('a line still being written is not read', () => {
  expect(readOutput('  toko      http://127.0.0.1:41').url).toBeUndefined();
});

test('a start line out of form is an error, not a missing account', () => {
  expect(() => readOutput('  masuk     maker 081200000001\n')).toThrow(/sign-in line/);
  expect(() => readOutput('  toko      127.0.0.1:41001\n')).toThrow(/address line/);
});

test('a DSN can name another database on the same server', () => {
  expect(withDatabase('postgres://lapak@/postgres?host=/tmp/x', 'shop')).toBe('postgres://lapak@/shop?host=/tmp/x');
  expect(withDatabase('postgres://u:p@db:5432', 'shop')).toBe('postgres://u:p@db:5432/shop');
  expect(() => withDatabase('sqlite:x.db', 'shop')).toThrow();
});

test('pages are seen as on a small Indonesian phone', async ({ page }) => {
  await page.setContent('<!doctype html><meta name=viewport content="width=device-width"><p>Halo');
  const seen = await page.evaluate(() => ({
    width: innerWidth,
    height: innerHeight,
    language: navigator.language,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    touch: matchMedia('(pointer: coarse)').matches,
  }));
  expect(seen).toEqual({ width: 360, height: 800, language: 'id-ID', zone: 'Asia/Jakarta', touch: true });
});

test('the inspector finds what axe finds, in each of its four views, and what is too wide', async ({ page }) => {
  const look = async (body, style = '') => {
    const inspector = new Inspector();
    await page.setContent(`<!doctype html><html lang=id><meta name=viewport content="width=device-width"><title>Uji</title><style>${style}</style><main><h1>Uji</h1>${body}`);
    await inspector.inspect(page, 'uji');
    return inspector.faults.map((fault) => fault.split(' at ')[0]);
  };
  const dot = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
  expect(await look(`<img alt="Kue" src="${dot}">`)).toEqual([]);
  expect(await look(`<img src="${dot}">`)).toEqual(['uji (phone, light): image-alt', 'uji (wide, dark): image-alt']);
  expect(await look('<p>Kue</p>', '@media (prefers-color-scheme: dark) { p { color: #ddd; background: #fff } }')).toEqual([
    'uji (phone, dark): color-contrast', 'uji (wide, dark): color-contrast',
  ]);
  expect(await look('<p>Kue</p>', '@media (min-width: 800px) { p { color: #ddd; background: #fff } }')).toEqual([
    'uji (wide, dark): color-contrast', 'uji (wide, light): color-contrast',
  ]);
  expect(await look('<div style="width: 500px">Kue</div>')).toEqual([expect.stringContaining('uji: wider than 360 px: the page, div.')]);
  expect(await look('<div style="overflow: auto" tabindex=0><div style="width: 500px">Kue</div></div>')).toEqual([]);
});
