// Lighthouse on the shop window, as a phone sees it: `make lighthouse`.
//
//   node e2e/lighthouse/lighthouse.mjs [runs] [more addresses]
//
// Starts the demo, lets the pictures be made, and prints the median of each
// category over the runs (five unless said). Then a maker's pages, signed in, for
// accessibility, once each: it is not measured but counted; with 0 runs only they are.
// Exits 1 when a median is below 100, after saying which audits cost it.

import * as chromeLauncher from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { startApp } from '../support/app.mjs';
import { chromium } from '../support/chromium.mjs';

const runs = Number(process.argv[2] ?? 5);
const pages = ['/', '/produk', '/produk/nastar', '/toko/kube-dapur-gayeng', ...process.argv.slice(3)];
const makers = ['/toko-saya', '/toko-saya/produk', '/toko-saya/pesanan', '/toko-saya/produksi', '/toko-saya/kalender', '/toko-saya/jual', '/toko-saya/buku', '/toko-saya/buku/catat', '/toko-saya/uang', '/toko-saya/anggota', '/toko-saya/bagikan', '/toko-saya/toko'];
const categories = ['performance', 'accessibility', 'best-practices', 'seo'];

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

async function settled(url) {
  // Until every picture has its sizes; a page that is still being filled is no page.
  for (let i = 0; i < 240; i++) {
    const home = await (await fetch(url + '/')).text();
    const list = await (await fetch(url + '/produk')).text();
    if (!(home + list).includes('pic-none')) return;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error('the pictures were never made');
}

// post sends a form as the browser of somebody would, and returns the answer unfollowed.
const post = (url, form, headers = {}) => fetch(url, {
  method: 'POST', redirect: 'manual', body: new URLSearchParams(form), headers: { Origin: new URL(url).origin, ...headers },
});

// signIn is the cookie of a maker who has just signed in.
async function signIn(url, { phone, password }) {
  const answer = await post(`${url}/masuk/sandi`, { hp: phone, sandi: password });
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`);
  return answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
}

// begin is the path of a new draft.
async function begin(url, headers) {
  const list = await (await fetch(`${url}/toko-saya/produk`, { headers })).text();
  const field = (name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(list)[1];
  const answer = await post(`${url}/toko-saya/produk`, { shop: field('shop'), form_key: field('form_key') }, headers);
  return new URL(answer.headers.get('Location'), url).pathname.replace(/\/foto$/, '');
}

const app = await startApp();
let short = false;
try {
  await settled(app.url);
  const chrome = await chromeLauncher.launch({
    chromePath: chromium(),
    chromeFlags: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    for (const path of runs > 0 ? pages : []) {
      const scores = Object.fromEntries(categories.map((c) => [c, []]));
      const costs = new Map();
      const metrics = { 'first-contentful-paint': [], 'largest-contentful-paint': [], 'total-blocking-time': [], 'cumulative-layout-shift': [] };
      for (let i = 0; i < runs; i++) {
        const { lhr } = await lighthouse(app.url + path, { port: chrome.port, onlyCategories: categories, logLevel: 'error' });
        if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
        for (const c of categories) {
          scores[c].push(Math.round(lhr.categories[c].score * 100));
          for (const ref of lhr.categories[c].auditRefs) {
            const audit = lhr.audits[ref.id];
            if (ref.weight > 0 && audit.score !== null && audit.score < 0.9) costs.set(`${c}: ${audit.title}`, audit.displayValue ?? '');
          }
        }
        for (const m of Object.keys(metrics)) metrics[m].push(lhr.audits[m].numericValue);
      }
      const medians = categories.map((c) => median(scores[c]));
      short ||= medians.some((s) => s < 100);
      console.log(`${path}\n  ${categories.map((c, i) => `${c} ${medians[i]}`).join('  ')}`);
      console.log(`  ${Object.entries(metrics).map(([m, v]) => `${m} ${m.includes('shift') ? median(v).toFixed(3) : `${Math.round(median(v))} ms`}`).join('  ')}`);
      for (const [what, value] of costs) console.log(`  - ${what} ${value}`);
    }
    const headers = { Cookie: await signIn(app.url, app.accounts.maker) };
    const draft = await begin(app.url, headers);
    for (const path of [...makers, ...['foto', 'jenis', 'nama', 'harga', 'jumlah'].map((step) => `${draft}/${step}`)]) {
      const { lhr } = await lighthouse(app.url + path, { port: chrome.port, onlyCategories: ['accessibility'], logLevel: 'error', extraHeaders: headers, disableStorageReset: true });
      if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
      if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
      const score = Math.round(lhr.categories.accessibility.score * 100);
      short ||= score < 100;
      console.log(`${path.replace(/\d+/, ':id')}\n  accessibility ${score}`);
      for (const { id, weight } of lhr.categories.accessibility.auditRefs) {
        const { title, score: one } = lhr.audits[id];
        if (weight > 0 && one !== null && one < 1) console.log(`  - ${title}`);
      }
    }
  } finally {
    await chrome.kill();
  }
} finally {
  await app.stop();
}
process.exitCode = short ? 1 : 0;
