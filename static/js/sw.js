// The service worker, served as /sw.js with two constants before it: SHELL, our
// own lasting files and the page without a signal, and VERSION, which changes with
// them. Nothing else is ever kept: no page of anybody, no photo, no answer.
const name = `lapak-${VERSION}`;
const offline = '/tanpa-sinyal';

addEventListener('install', (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(SHELL.map((file) => new Request(file, { credentials: 'omit' })))).then(() => skipWaiting()));
});

addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((all) => Promise.all(all.filter((one) => one.startsWith('lapak-') && one !== name).map((one) => caches.delete(one)))).then(() => clients.claim()));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(() => caches.match(offline)));
  } else if (pathname !== offline && SHELL.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)));
  }
});
