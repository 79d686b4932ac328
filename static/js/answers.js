// Saved answers on the page of a review: beside each comment a list of those about
// its aspect. Choosing one puts its words where the cursor would go on writing.
// Without this script they are on the page to be read and copied.
const kept = document.querySelector('[data-answers]');
if (kept) for (const field of document.querySelectorAll('[data-aspect] textarea')) offer(field);

function offer(field) {
  const answers = [...kept.querySelectorAll('[data-id]')].filter((a) => a.dataset.aspect === field.closest('[data-aspect]').dataset.aspect);
  if (!answers.length) return;
  const list = document.createElement('select');
  list.className = 'answer-list';
  list.setAttribute('aria-label', `${kept.dataset.label}: ${field.closest('fieldset')?.querySelector('legend')?.textContent.trim() ?? ''}`);
  list.append(new Option(kept.dataset.label, ''));
  for (const a of answers) list.append(new Option(a.querySelector('dt').textContent, a.dataset.id));
  list.addEventListener('change', () => {
    const chosen = answers.find((a) => a.dataset.id === list.value);
    list.value = '';
    if (!chosen) return;
    const words = chosen.querySelector('dd').textContent;
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${words}` : words;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
    fetch(kept.dataset.used, { method: 'POST', keepalive: true, body: new URLSearchParams({ aksi: 'dipakai', id: chosen.dataset.id }) })
      .catch(() => {}); // only a count, for the order of the list
  });
  field.after(list);
}
