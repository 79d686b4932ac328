// Renders the SVG drawings of this folder to JPEG files beside their sources.
//
//   node demo/art/render.mjs              every drawing
//   node demo/art/render.mjs p01 hero     only those whose names start so
//   node demo/art/render.mjs --out DIR    write the JPEG files somewhere else
//
// Needs Node 18 or newer and a Chromium: the CHROMIUM variable, or one found in PATH.
// It speaks the DevTools protocol over a pipe, so there is nothing to install with npm.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const QUALITIES = [82, 79, 76]; // the next one only where a drawing would pass the limit
const LIMIT = 160_000; // bytes a JPEG may take

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
      try {
        accessSync(join(dir, name), constants.X_OK);
        return join(dir, name);
      } catch { /* look further */ }
    }
  }
  throw new Error('No Chromium found: install one or set CHROMIUM to its path.');
}

async function startBrowser(profile) {
  const child = spawn(findChromium(), [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--hide-scrollbars', '--force-color-profile=srgb', `--user-data-dir=${profile}`,
    '--remote-debugging-pipe', 'about:blank',
  ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const [toBrowser, fromBrowser] = [child.stdio[3], child.stdio[4]];
  const waiting = new Map();
  let next = 0;
  let rest = '';
  const failAll = (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.on('error', failAll);
  child.on('exit', (code) => failAll(new Error(`Chromium ended early (exit code ${code}).`)));
  toBrowser.on('error', failAll);
  fromBrowser.setEncoding('utf8');
  fromBrowser.on('data', (chunk) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      const call = waiting.get(message.id);
      if (!call) continue;
      waiting.delete(message.id);
      if (message.error) call.reject(new Error(message.error.message));
      else call.resolve(message.result);
    }
  });
  const send = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
    const id = ++next;
    waiting.set(id, { resolve, reject });
    toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return { send, ended };
}

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const outAt = args.indexOf('--out');
const out = outAt < 0 ? here : args.splice(outAt, 2)[1];
const names = readdirSync(here)
  .filter((file) => file.endsWith('.svg'))
  .map((file) => file.slice(0, -'.svg'.length))
  .filter((name) => args.length === 0 || args.some((start) => name.startsWith(start)))
  .sort();

const profile = mkdtempSync(join(tmpdir(), 'lapak-art-'));
let tooBig = 0;
try {
  const { send, ended } = await startBrowser(profile);
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const page = (method, params) => send(method, params, sessionId);
  const { frameTree } = await page('Page.getFrameTree');
  for (const name of names) {
    const svg = readFileSync(join(here, `${name}.svg`), 'utf8');
    const size = /viewBox="0 0 (\d+) (\d+)"/.exec(svg);
    if (!size) throw new Error(`${name}.svg has no viewBox that starts at 0 0.`);
    const [width, height] = [Number(size[1]), Number(size[2])];
    await page('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await page('Page.setDocumentContent', {
      frameId: frameTree.frame.id,
      html: `<!doctype html><style>body{margin:0}svg{display:block;width:${width}px;height:${height}px}</style>${svg}`,
    });
    let jpeg;
    for (const quality of QUALITIES) {
      const { data } = await page('Page.captureScreenshot', {
        format: 'jpeg', quality, clip: { x: 0, y: 0, width, height, scale: 1 },
      });
      jpeg = Buffer.from(data, 'base64');
      if (jpeg.length <= LIMIT) break;
    }
    writeFileSync(join(out, `${name}.jpg`), jpeg);
    const bytes = jpeg.length;
    if (bytes > LIMIT) tooBig++;
    console.log(`${name}.jpg ${width}x${height} ${Math.round(bytes / 1000)} kB${bytes > LIMIT ? '  TOO BIG' : ''}`);
  }
  await send('Browser.close');
  await ended;
} finally {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
if (tooBig > 0) {
  console.error(`${tooBig} file(s) above ${LIMIT / 1000} kB`);
  process.exitCode = 1;
}
