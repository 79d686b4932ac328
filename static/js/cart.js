// The cart's count in the header, and minus and plus beside quantities. Public
// pages are the same for everyone, so the count is asked for separately.
const badge = document.querySelector('[data-cart-count]');

async function count() {
  try {
    const answer = await fetch('/keranjang/jumlah', { headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    const { jumlah } = await answer.json();
    badge.hidden = !(jumlah > 0);
    badge.textContent = jumlah > 99 ? '99+' : jumlah;
    badge.title = badge.dataset.one.replace('{count}', jumlah);
  } catch {
    // Without an answer the link to the cart still works.
  }
}

if (badge) addEventListener('pageshow', count);

const sign = (icon, label) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-label', label);
  button.textContent = icon;
  return button;
};

for (const box of document.querySelectorAll('[data-quantity]')) {
  const input = box.querySelector('input');
  const less = sign('−', box.dataset.less);
  const more = sign('+', box.dataset.more);
  const show = () => {
    less.disabled = input.value <= Number(input.min);
    more.disabled = input.max !== '' && Number(input.value) >= Number(input.max);
  };
  const step = (by) => {
    const most = input.max === '' ? Infinity : Number(input.max);
    input.value = Math.min(most, Math.max(Number(input.min), (parseInt(input.value, 10) || 0) + by));
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const change = box.closest('[data-quantity-form]')?.querySelector('[type=submit]');
  const changed = () => { if (change) change.hidden = input.value === input.defaultValue; };
  changed(); // the button appears when there is something to change
  input.addEventListener('input', changed);
  input.addEventListener('change', changed);
  less.addEventListener('click', () => step(-1));
  more.addEventListener('click', () => step(1));
  input.addEventListener('change', show);
  box.prepend(less);
  box.append(more);
  show();
}
