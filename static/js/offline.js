// Forms of makers and companions outlive a lost signal.
//
//   <form data-keep="draft">  what is typed stays in this browser until it was sent
//   <form data-keep="send">   that too, and when there is no signal the form, photos
//                             included, waits in the browser and is sent by itself.
//                             It must carry a form_key: the server takes a key once,
//                             however often it is sent.
//
// That is the whole interface. A script that sends for somebody calls
// form.requestSubmit(); "offline:sent" and "offline:waiting" happen on document, with
// {detail: {key, action, next}}. Never kept: passwords, codes, files (but in what
// waits), identity and account numbers; a form with one of them filled in never waits.
//
// Kept per person and shop (data-who of the body), forgotten when it was sent, at
// signing out, and after two weeks. Forms without the attribute are none of ours.
// How the server answers what is sent here stands in server/web/outbox.go.

const MARK = 'X-Lapak-Kirim';
const NEXT = 'X-Lapak-Lanjut';
const WEEKS = 14 * 864e5;
const secret = /^(sandi|kode|code|pin|otp|nik|ktp|rekening|account)/i;
const later = [429, 502, 503, 504]; // the site is there, but not now

const box = document.getElementById('antrean');
const word = box.dataset;
const news = document.getElementById('antrean-kabar');
const stays = 'nosignal' in document.body.dataset;
const who = document.body.dataset.who ?? recall('lapak-siapa') ?? '';
if (!stays) remember('lapak-siapa', who);

function recall(key) {
  try { return localStorage.getItem(key); } catch { return null; } // the browser keeps nothing
}
function remember(key, value) {
  try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* as above */ }
}
function drafts() {
  try { return Object.keys(localStorage).filter((key) => key.startsWith('isian|')); } catch { return []; }
}

// What waits, in IndexedDB, because it may hold photos.

// shelves are where something waits: forms here, photos of drafts in js/photos.js.
const shelves = { antrean: ['lapak', 'id'], photos: ['lapak-foto', 'key'] };

function open(shelf) {
  const [name, keyPath] = shelves[shelf];
  return new Promise((done, fail) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(shelf, { keyPath });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

async function store(mode, work, shelf = 'antrean') {
  const db = await open(shelf);
  try {
    return await new Promise((done, fail) => {
      const change = db.transaction(shelf, mode);
      const asked = work(change.objectStore(shelf));
      change.oncomplete = () => done(asked.result);
      change.onerror = change.onabort = () => fail(change.error);
    });
  } finally {
    db.close();
  }
}

const put = (item) => store('readwrite', (s) => s.put(item));
const drop = (id) => store('readwrite', (s) => s.delete(id));
const all = async () => (await store('readonly', (s) => s.getAll())).sort((a, b) => a.at - b.at);
const mine = async () => (await all()).filter((item) => item.who === who);

// post sends a form and says what became of it: {next} when it was taken,
// {status, page} when it was refused, {enter} when nobody is signed in, null when
// nobody of ours heard it.
async function post(action, entries, multipart) {
  const body = multipart ? new FormData() : new URLSearchParams();
  for (const [name, value] of entries) value instanceof Blob ? body.append(name, value, value.name) : body.append(name, value);
  try {
    const answer = await fetch(action, { method: 'POST', body, headers: { [MARK]: '1' }, redirect: 'manual', signal: AbortSignal.timeout?.(90_000) });
    if (!answer.headers.get(MARK) || later.includes(answer.status)) return null;
    const next = answer.headers.get(NEXT);
    if (answer.status === 401 || next?.startsWith('/masuk')) return { enter: true };
    if (next) return { next };
    return { status: answer.status, page: await answer.text() };
  } catch {
    return null;
  }
}

// Sending.

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.getAttribute('action') === '/keluar') return leave(event);
  if (!form.dataset.keep || event.defaultPrevented || 'plain' in form.dataset) return;
  event.preventDefault();
  if (!form.hasAttribute('aria-busy')) send(form, event.submitter);
});

async function send(form, submitter) {
  const data = new FormData(form);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  const entries = [...data].filter(([, value]) => !(value instanceof File) || value.name); // a field left empty
  const action = submitter?.getAttribute('formaction') ?? form.getAttribute('action');
  const multipart = form.enctype === 'multipart/form-data';
  form.setAttribute('aria-busy', 'true');
  const answer = await post(action, entries, multipart);
  form.removeAttribute('aria-busy');
  if (answer?.next) {
    remember(draftKey(form), null);
    const to = new URL(answer.next, location);
    const here = to.pathname + to.search === location.pathname + location.search;
    location.assign(to);
    if (here && to.hash) location.reload();
    return;
  }
  if (answer) { // the browser shows the refusal, or the way to sign in, as it always does
    if (answer.enter && !multipart) remember(draftKey(form), null); // the server keeps it till then
    form.dataset.plain = '';
    form.requestSubmit(submitter);
    return;
  }
  keepDraft(form);
  const key = data.get('form_key');
  const secrets = [...form.elements].some((field) => isSecret(field) && field.value);
  try {
    if (form.dataset.keep !== 'send' || !key || secrets) throw new Error('stays here');
    const id = `${who}|${key}`;
    const title = (form.querySelector('h1') ?? document.querySelector('main h1'))?.textContent ?? document.title;
    await put({ id, who, key, action, multipart, entries, title: title.trim(), shown: shown(form), page: location.pathname + location.search, at: Date.now(), state: 'waiting' });
  } catch {
    tell(word.kept, form);
    return;
  }
  remember(draftKey(form), null);
  document.dispatchEvent(new CustomEvent('offline:waiting', { detail: { key, action } }));
  await draw();
  tell(word.queued);
  box.querySelector('h2').focus();
}

// shown is what was typed, with its labels, to be read in the list.
function shown(form) {
  const lines = [];
  for (const field of form.elements) {
    if (!field.name || ['hidden', 'submit', 'button'].includes(field.type) || isSecret(field)) continue;
    if ((field.type === 'radio' || field.type === 'checkbox') && !field.checked) continue;
    const label = [...(field.labels?.[0]?.childNodes ?? [])].map((node) => node.textContent.trim()).filter(Boolean)[0];
    const value = field.type === 'file' ? field.files.length && `${field.files.length} ${word.picture}` : field.selectedOptions?.[0]?.textContent ?? field.value;
    if (value) lines.push(field.type === 'radio' || field.type === 'checkbox' ? [label ?? field.value, ''] : [label ?? '', `${value}`]);
  }
  return lines.slice(0, 12);
}

// look opens the page that could not be opened, once the site is there.
async function look() {
  const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
  if (answer?.ok) location.reload();
}

let busy = false;
async function replay() {
  if (stays || busy || !navigator.onLine) return;
  busy = true;
  try {
    // One page at a time: what two tabs would send twice, one sends once.
    await (navigator.locks ? navigator.locks.request('lapak-antrean', { ifAvailable: true }, (lock) => lock && work()) : work());
  } finally {
    busy = false;
  }
}

async function work() {
  for (const item of await mine()) {
    if (item.state !== 'waiting') continue;
    const answer = await post(item.action, item.entries, item.multipart);
    if (!answer) break;
    box.querySelector('[data-enter]').hidden = !answer.enter;
    if (answer.enter) {
      tell(word.signin);
      break;
    }
    if (answer.next) {
      await drop(item.id);
      tell(word.sent.replace('{title}', item.title));
      document.dispatchEvent(new CustomEvent('offline:sent', { detail: { key: item.key, action: item.action, next: answer.next } }));
    } else {
      await put({ ...item, state: 'refused', said: said(answer.page) });
    }
    await draw();
  }
}

// said finds in a page of refusal what it says.
function said(page) {
  const drawn = new DOMParser().parseFromString(page, 'text/html');
  const points = [...drawn.querySelectorAll('#kesalahan li')].map((li) => li.textContent.trim());
  return points.length ? points : [drawn.querySelector('main p')?.textContent.trim() || word.refusedPlain];
}

// The list.

async function draw() {
  const items = await mine().catch(() => []);
  box.hidden = !items.length;
  box.querySelector('[data-again]').hidden = stays || !items.some((item) => item.state === 'waiting');
  box.querySelector('ul').replaceChildren(...items.map((item) => {
    const row = make('li', '', 'panel');
    const state = item.state === 'refused' ? word.refused : item.state === 'gone' ? word.dropped : word.waiting;
    row.append(make('b', item.title), make('span', state, 'outbox-state'));
    for (const sentence of item.said ?? []) row.append(make('p', sentence, 'fault'));
    const typed = make('dl', '', 'outbox-typed');
    for (const [label, value] of item.shown) typed.append(make('dt', label), make('dd', value));
    if (item.shown.length) row.append(typed);
    const acts = make('div', '', 'outbox-acts');
    if (item.state === 'refused') acts.append(button(word.mend, () => mend(item)));
    acts.append(item.state === 'gone'
      ? button(word.undo, () => change(item, item.said ? 'refused' : 'waiting'))
      : button(word.drop, () => change(item, 'gone')));
    row.append(acts);
    return row;
  }));
}

async function change(item, state) {
  await put({ ...item, state });
  await draw();
  box.querySelector('h2').focus();
}

// mend opens the page of a refused form with what was typed.
async function mend(item) {
  const path = new URL(item.page, location).pathname;
  remember(`isian|${who}|${path}|${item.action}`, JSON.stringify({ at: Date.now(), values: item.entries.filter(([name, value]) => typeof value === 'string' && name !== 'form_key') }));
  await drop(item.id);
  location.assign(item.page);
}

function make(name, words, kind) {
  const element = document.createElement(name);
  if (words) element.textContent = words;
  if (kind) element.className = kind;
  return element;
}

function button(words, act) {
  const made = make('button', words, 'button quiet');
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

// tell says something aloud, and beside the form when it is about one.
function tell(sentence, form) {
  news.textContent = sentence;
  if (!form) return;
  form.querySelector('.outbox-note')?.remove();
  form.append(make('p', sentence, 'notice wait outbox-note'));
}

// Drafts.

const draftKey = (form) => `isian|${who}|${location.pathname}|${form.getAttribute('action')}`;
const isSecret = (field) => field.type === 'password' || secret.test(field.name) || /one-time-code|password/.test(field.autocomplete ?? '') || 'secret' in field.dataset;
const isTyped = (field) => field.name && !isSecret(field) && !['hidden', 'file', 'submit', 'button', 'reset', 'fieldset', 'output'].includes(field.type);

function keepDraft(form) {
  const values = [...form.elements].filter((field) => isTyped(field) && (field.checked || !['radio', 'checkbox'].includes(field.type))).map((field) => [field.name, field.value]);
  remember(draftKey(form), JSON.stringify({ at: Date.now(), values }));
}

function restore(form) {
  const raw = recall(draftKey(form));
  if (!raw || document.getElementById('kesalahan')) return; // the answer holds what was typed
  const { values } = JSON.parse(raw);
  const at = {};
  let changed = false;
  for (const field of form.elements) {
    if (!isTyped(field)) continue;
    if (field.type === 'radio' || field.type === 'checkbox') {
      const checked = values.some(([name, value]) => name === field.name && value === field.value);
      changed ||= checked !== field.checked;
      field.checked = checked;
      continue;
    }
    const value = values.filter(([name]) => name === field.name)[(at[field.name] = (at[field.name] ?? -1) + 1)]?.[1];
    if (value === undefined || value === field.value) continue;
    field.value = value;
    changed = true;
  }
  if (!changed) return;
  const note = make('div', '', 'notice info outbox-note');
  note.setAttribute('role', 'status');
  note.append(make('p', word.restored), button(word.empty, () => {
    form.reset();
    remember(draftKey(form), null);
    note.remove();
  }));
  form.prepend(note);
}

// leave forgets everything of this person when signing out, photos of drafts too;
// what was not sent yet is said first.
async function leave(event) {
  const form = event.target;
  if ('plain' in form.dataset) return;
  event.preventDefault();
  const person = who.split('-')[0];
  const theirs = (item) => (item.who ?? '').split('-')[0] === person; // of every shop they help in
  const forms = (await all().catch(() => [])).filter(theirs);
  const photos = (await store('readonly', (s) => s.getAll(), 'photos').catch(() => [])).filter(theirs);
  if ((photos.length || forms.some((item) => item.state !== 'gone')) && !form.querySelector('.outbox-note')) {
    tell(word.leave, form);
    form.querySelector('button span').textContent = word.leaveYes;
    return;
  }
  for (const key of drafts()) if (key.split('|')[1].split('-')[0] === person) remember(key, null);
  for (const item of forms) await drop(item.id);
  for (const photo of photos) await store('readwrite', (s) => s.delete(photo.key), 'photos').catch(() => {});
  remember('lapak-siapa', null);
  form.dataset.plain = '';
  form.requestSubmit();
}

// Beginning.

async function begin() {
  for (const key of drafts()) if (!(JSON.parse(recall(key)).at > Date.now() - WEEKS)) remember(key, null);
  for (const form of document.querySelectorAll('form[data-keep]')) {
    restore(form);
    for (const kind of ['input', 'change']) form.addEventListener(kind, () => keepDraft(form));
  }
  document.querySelector('main').prepend(box);
  for (const item of await all()) if (item.state === 'gone' && item.who === who || !(item.at > Date.now() - WEEKS)) await drop(item.id);
  await draw();
  await replay();
}

box.querySelector('[data-again]').addEventListener('click', replay);
addEventListener('online', stays ? look : replay);
document.addEventListener('visibilitychange', () => document.hidden || (stays ? look() : replay()));
// "online" says that there is a network, not that it leads here.
setInterval(() => (stays ? look() : box.hidden || replay()), stays ? 5_000 : 20_000);
begin().catch(() => {}); // a browser that keeps nothing: forms go the plain way
navigator.serviceWorker?.register('/sw.js').catch(() => {});
