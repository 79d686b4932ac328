// Single keys for people who decide all day. They do what the links and buttons
// of the page do, nothing else, and can be switched off (WCAG 2.1.4).
const box = document.querySelector('[data-keys]');
const on = box.querySelector('[data-keys-on]');
const rows = [...document.querySelectorAll('[data-row]')];

const STORE = 'pintasan';
box.hidden = false;
try {
  on.checked = localStorage.getItem(STORE) !== 'mati';
  on.addEventListener('change', () => localStorage.setItem(STORE, on.checked ? 'hidup' : 'mati'));
} catch {
  // Without storage the choice holds for this page only.
}

function step(by) {
  const now = rows.indexOf(document.activeElement);
  const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by;
  rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
}

function press(key) {
  const target = document.querySelector(`[data-key="${key}"]`);
  if (!target) return false;
  if (target.tagName === 'SUMMARY') {
    target.parentElement.open = true;
    target.parentElement.querySelector('textarea').focus();
  } else if (target.dataset.key === 'a') {
    target.focus(); // a decision is taken by Enter, not by one stray letter
  } else {
    target.click();
  }
  return true;
}

addEventListener('keydown', (event) => {
  if (!on.checked || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest('input:not([type=checkbox]), select, textarea')) return;
  const key = event.key.toLowerCase();
  if (rows.length && key === 'j') step(1);
  else if (rows.length && key === 'k') step(-1);
  else if (!/^[a-z]$/.test(key) || !press(key)) return;
  event.preventDefault();
});
