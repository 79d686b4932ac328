// Photos of a draft: makes them smaller, keeps each in the browser until it has
// arrived, and sends it again when the signal is back, also from another page or
// tomorrow. Each has a form key, so nothing arrives twice. Without this script the
// form sends one photo by itself.
const LARGEST = 2560;
const KEEP = 7 * 24 * 3600 * 1000; // what nobody could send for a week is forgotten
const list = document.querySelector('[data-uploads]');
const box = document.querySelector('[data-shoot]');
const words = list?.dataset ?? {};
const who = document.body.dataset.who ?? ''; // the person and shop: another's photos wait for them

const opened = new Promise((done, failed) => {
  const ask = indexedDB.open('lapak-foto', 1);
  ask.onupgradeneeded = () => ask.result.createObjectStore('photos', { keyPath: 'key' });
  ask.onsuccess = () => done(ask.result);
  ask.onerror = () => failed(ask.error);
});
opened.catch(() => {}); // a browser that keeps nothing: photos are sent from memory

async function store(mode, act) {
  const db = await opened;
  return new Promise((done, failed) => {
    const deal = db.transaction('photos', mode);
    const ask = act(deal.objectStore('photos'));
    deal.oncomplete = () => done(ask.result);
    deal.onerror = deal.onabort = () => failed(deal.error);
  });
}

const memory = new Map(); // what is on its way, by key
const rows = new Map();

async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff'; // behind transparent pictures: JPEG has no holes
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.86));
  return blob && (scale < 1 || blob.size < file.size) ? blob : file;
}

function row(photo) {
  let item = rows.get(photo.key);
  if (!item) {
    item = document.createElement('li');
    item.append(document.createElement('span'));
    rows.set(photo.key, item);
    list.append(item);
    createImageBitmap(photo.blob).then((bitmap) => {
      const small = document.createElement('canvas');
      small.width = small.height = 112;
      const side = Math.min(bitmap.width, bitmap.height);
      small.getContext('2d').drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, 112, 112);
      bitmap.close();
      item.prepend(small);
    }).catch(() => {});
  }
  return item;
}

// say writes where a photo stands; buttons are [word, act].
function say(photo, text, state, ...buttons) {
  const item = row(photo);
  item.dataset.upload = state;
  item.querySelector('span').textContent = text;
  item.querySelectorAll('button').forEach((old) => old.remove());
  for (const [word, act] of buttons) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button quiet';
    button.textContent = word;
    button.addEventListener('click', act);
    item.append(button);
  }
}

async function forget(photo) {
  memory.delete(photo.key);
  await store('readwrite', (s) => s.delete(photo.key)).catch(() => {});
}

const drop = (photo) => [words.drop, async () => {
  await forget(photo);
  rows.get(photo.key)?.remove();
}];

// send tries once and returns whether the photo is settled, one way or the other.
async function send(photo) {
  say(photo, words.sending, 'sending');
  const form = new FormData();
  form.append('form_key', photo.key);
  form.append('how', photo.how);
  form.append('photo', photo.blob, photo.name);
  let answer;
  try {
    answer = await fetch(photo.url, { method: 'POST', body: form, headers: { Accept: 'application/json' } });
  } catch {
    say(photo, words.waiting, 'waiting', [words.again, run], drop(photo));
    return false;
  }
  const json = (answer.headers.get('Content-Type') ?? '').startsWith('application/json');
  if (json && answer.ok) {
    await forget(photo);
    say(photo, words.arrived, 'arrived');
    return true;
  }
  if (json && answer.status === 422) {
    await forget(photo);
    say(photo, (await answer.json()).fault, 'refused', drop(photo));
    return true;
  }
  // Signed out, or the shop is another's now: kept until somebody may send it.
  const out = answer.redirected || answer.status === 401;
  say(photo, out ? words.signin : words.waiting, 'waiting', [words.again, run], drop(photo));
  return false;
}

let running = false;
let wait = 2000;

// run sends what waits, one after the other, and comes back while something is left.
async function run() {
  if (running || !list) return;
  running = true;
  let left = 0;
  let arrived = 0;
  for (const photo of [...memory.values()]) {
    if (!memory.has(photo.key)) continue;
    if (!await send(photo)) left += 1;
    else if (rows.get(photo.key)?.dataset.upload === 'arrived') arrived += 1;
  }
  running = false;
  if (arrived && !left && memory.size === 0 && box && ![...rows.values()].some((item) => item.dataset.upload === 'refused')) {
    location.replace(location.pathname + location.search.replace(/[?&](hapus|tempat)=\d+/g, '').replace(/^&/, '?'));
    return;
  }
  if (memory.size > left) { // chosen meanwhile
    run();
    return;
  }
  if (left) {
    setTimeout(run, wait);
    wait = Math.min(wait * 1.5, 60000);
  } else {
    wait = 2000;
  }
}

const key = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, '0')).join('');

async function take(input) {
  const form = input.form;
  let room = Number(box.dataset.most) - Number(box.dataset.have) - memory.size;
  const chosen = [...input.files];
  input.value = ''; // the form does not send them as well
  for (const file of chosen) {
    const how = form.querySelector('[name=how]:checked')?.value ?? 'add';
    const photo = { key: key(), url: form.action.split('?')[0], how: memory.size ? 'add' : how, name: file.name || 'foto.jpg', blob: file, who, at: Date.now() };
    if (room < 1 && photo.how !== 'replace') {
      say(photo, words.full, 'refused');
      continue;
    }
    room -= 1;
    say(photo, words.shrinking, 'shrinking');
    try {
      photo.blob = await shrink(file);
    } catch {
      // No picture this browser knows, or too large for it: the server says which.
    }
    memory.set(photo.key, photo);
    await store('readwrite', (s) => s.put(photo)).catch(() => {});
  }
  run();
}

if (box) {
  for (const input of box.querySelectorAll('input[type=file]')) {
    if (!input.capture) input.multiple = true;
    input.addEventListener('change', () => take(input));
    if (input.files.length) take(input); // chosen before this script had come
  }
  box.closest('form').addEventListener('submit', (event) => {
    if (memory.size === 0) return;
    const later = document.createElement('input'); // goes on; the photos follow by themselves
    later.type = 'hidden';
    later.name = 'later';
    later.value = '1';
    event.target.append(later);
  });
}

if (list) {
  addEventListener('online', () => {
    wait = 2000;
    run();
  });
  store('readonly', (s) => s.getAll()).then(async (kept) => {
    for (const photo of kept) {
      if (Date.now() - photo.at > KEEP) await forget(photo);
      else if (photo.who === who) memory.set(photo.key, photo);
    }
    run();
  }).catch(() => {});
}
