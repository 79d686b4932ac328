// Checkout without reloading: lists of places follow each other, and prices
// follow the district and the way of delivery. Without this file, the buttons
// beside the lists do the same by sending the form.
const form = document.querySelector('[data-checkout]');

for (const select of form.querySelectorAll('[data-fetch]')) {
  const parent = document.getElementById(select.dataset.parent);
  let asked = 0;
  const empty = () => {
    const first = select.options[0];
    select.replaceChildren(...(first && first.value === '' ? [first] : []));
  };
  parent.addEventListener('change', async () => {
    const mine = ++asked;
    empty();
    select.dispatchEvent(new Event('change', { bubbles: true }));
    if (!parent.value) return;
    try {
      const answer = await fetch(select.dataset.fetch + encodeURIComponent(parent.value));
      if (!answer.ok) throw new Error(answer.status);
      const places = await answer.json();
      if (mine !== asked) return;
      empty();
      for (const { code, name } of places) select.add(new Option(name, code));
    } catch {
      buttons(false); // the buttons do it instead
    }
  });
}

function buttons(hide) {
  for (const b of form.querySelectorAll('[data-fallback]')) b.hidden = hide;
}
buttons(true);

// Ask for the page as the server would draw it now, and take over the parts
// that depend on the answer.
let asked = 0;
async function recount() {
  const mine = ++asked;
  const data = new URLSearchParams(new FormData(form));
  data.set('langkah', 'ongkir');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: data });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (mine !== asked) return;
    const { name, value } = document.activeElement;
    for (const part of ['kirim', 'bayar', 'ringkasan']) {
      const fresh = page.querySelector(`[data-part="${part}"]`);
      if (!fresh) throw new Error(part);
      form.querySelector(`[data-part="${part}"]`).replaceWith(fresh);
    }
    if (name && document.activeElement === document.body) {
      form.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`)?.focus();
    }
  } catch {
    buttons(false);
  }
}

form.addEventListener('change', (event) => {
  if (event.target.matches('[data-auto]') && event.target.value) recount();
});

// What was chosen before this file had come is followed too.
for (const select of form.querySelectorAll('[data-fetch]')) {
  const parent = document.getElementById(select.dataset.parent);
  if (parent.value && select.options.length < 2) parent.dispatchEvent(new Event('change', { bubbles: true }));
}
