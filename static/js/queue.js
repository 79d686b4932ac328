// Single keys for people who decide all day, and who else is at the same thing.
// The keys do what the links and buttons of the page do, nothing else, never while
// somebody types in a field, and can be switched off (WCAG 2.1.4). Pages that do
// not offer them have no list of them.
const help = document.querySelector('[data-keys]');
if (help) listen(help.querySelector('[data-keys-on]'), document.querySelector('[data-keys-open]'));
const here = document.querySelector('[data-here]');
if (here) attend(here);

function listen(on, open) {
  const rows = [...document.querySelectorAll('[data-row]')];
  const items = [...document.querySelectorAll('[data-item]')]; // the questions of the checklist
  const kept = (key, value) => { // without storage a choice holds for this page only
    try {
      const store = key === 'pintasan' ? localStorage : sessionStorage;
      if (value !== undefined) store.setItem(key, value);
      return store.getItem(key);
    } catch {
      return null;
    }
  };
  open.hidden = false;
  open.addEventListener('click', show);
  on.checked = kept('pintasan') !== 'mati';
  on.addEventListener('change', () => kept('pintasan', on.checked ? 'hidup' : 'mati'));

  // The question that is being answered: with the focus, or the last that had it
  // (js/check.js marks it while a spot is set on a picture), or the first open one.
  const unanswered = (item) => !item.querySelector('input[type=radio]:checked');
  const choice = (item) => item?.querySelector('input[type=radio]:checked') || item?.querySelector('input[type=radio]');
  const keyed = (key, within = document) => within.querySelector(`[data-key="${key}"]`);
  function current() {
    return document.activeElement?.closest('[data-item]') || items.find((item) => item.matches('.current')) || items.find(unanswered) || items[0];
  }

  // ahead is where the work goes on: at the next open question, or at the decision
  // that the answers lead to.
  function ahead(from = 0) {
    const next = items.slice(from).find(unanswered) || items.find(unanswered);
    if (next) return choice(next);
    const improve = items.some((item) => item.querySelector('input[value=improve]:checked'));
    return (!improve && (keyed('a') || keyed('w'))) || keyed('r');
  }
  const onward = () => ahead(items.indexOf(current()) + 1).focus();

  // Whoever works by keyboard finds the focus where the work goes on: on the row
  // they came from, on what the page asks for next, or on its heading.
  function place() {
    const target = rows.find((row) => row.dataset.row === kept('kurasi-baris')) || rows[0]
      || keyed('c') || (items.length && ahead()) || document.querySelector('main h1, main h2');
    if (!target) return;
    if (target.tabIndex < 0) target.tabIndex = -1;
    target.focus();
  }
  const idle = () => document.activeElement === document.body || document.activeElement === null;
  if (kept('kurasi-ketik') === 'ya' && idle()) place();
  addEventListener('pointerdown', () => kept('kurasi-ketik', ''));
  for (const row of rows) row.addEventListener('focus', () => kept('kurasi-baris', row.dataset.row));

  function show() {
    help.showModal();
    help.addEventListener('close', () => { if (idle()) place(); }, { once: true });
  }

  function step(by) {
    const now = rows.indexOf(document.activeElement);
    const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by;
    rows[Math.max(0, Math.min(rows.length - 1, next))].focus();
  }

  function claim() {
    const row = rows.includes(document.activeElement) ? document.activeElement : rows[0];
    row.closest('li, tr')?.querySelector('[data-claim]')?.click();
  }

  function comment() {
    const item = current();
    item.classList.add('worded'); // a comment is shown where one is asked for, or wanted
    item.querySelector('textarea').focus();
  }

  function answer(number) {
    const radio = current().querySelectorAll('input[type=radio]')[number - 1];
    if (!radio) return;
    radio.focus();
    radio.click();
    if (radio.matches('[data-words]')) comment();
    else onward();
  }

  function press(key) {
    const target = (items.length && keyed(key, current())) || keyed(key);
    if (!target) return false;
    if (target.tagName === 'SUMMARY') {
      target.parentElement.open = true;
      target.parentElement.querySelector('textarea, button')?.focus();
    } else if (key === 'a' || key === 'r') {
      target.focus(); // a decision is taken by Enter, not by one stray letter
    } else {
      target.click();
    }
    return true;
  }

  const field = 'input:not([type=checkbox], [type=radio], [type=submit]), select, textarea, [contenteditable]';
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || help.open) return;
    kept('kurasi-ketik', 'ya');
    if (!on.checked) return;
    if (event.target.closest(field)) {
      if (event.key !== 'Escape') return;
      event.target.blur();
      (choice(event.target.closest('[data-item]')) || { focus: place }).focus();
    } else if (event.key === '?') show();
    else if (event.key === '/') {
      const search = document.querySelector('main input[type=search]');
      if (!search) return;
      search.focus();
      search.select();
    } else if (rows.length && event.key === 'j') step(1);
    else if (rows.length && event.key === 'k') step(-1);
    else if (rows.length && event.key === 'c') claim();
    else if (items.length && /^[1-4]$/.test(event.key)) answer(event.key);
    else if (items.length && event.key === 'n') onward();
    else if (items.length && event.key === 'm') comment();
    else if (!/^[a-z]$/.test(event.key) || !press(event.key)) return;
    event.preventDefault();
  });
}

// attend asks, while the page is looked at, who else has the same thing open.
function attend(line) {
  let used = Date.now();
  for (const kind of ['keydown', 'pointerdown', 'scroll']) addEventListener(kind, () => { used = Date.now(); }, { passive: true });
  setInterval(async () => {
    if (document.hidden || Date.now() - used > 30 * 60_000) return;
    try {
      const answer = await (await fetch(line.dataset.here, { headers: { Accept: 'application/json' } })).json();
      if (line.textContent !== answer.here) line.textContent = answer.here;
    } catch {
      // Offline or signed out: what was last known stays.
    }
  }, 20_000);
}
