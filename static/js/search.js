// Suggestions below the search box while somebody types, as a combobox of
// WAI-ARIA. Without this script, or without an answer, the box still searches.
const form = document.querySelector('form[data-suggest]');
const input = form && form.querySelector('input[type=search]');

if (input) {
  const known = new Map();
  let lines = [];
  let at = -1;
  let timer = 0;
  let asked = null;

  const list = document.createElement('ul');
  list.id = 'saran';
  list.className = 'suggest';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', form.dataset.label);
  form.append(list);
  for (const [name, value] of Object.entries({
    role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': list.id, 'aria-expanded': 'false',
  })) input.setAttribute(name, value);

  const choose = (next) => {
    at = next;
    [...list.children].forEach((line, i) => line.setAttribute('aria-selected', String(i === at)));
    if (at < 0) {
      input.removeAttribute('aria-activedescendant');
      return;
    }
    input.setAttribute('aria-activedescendant', list.children[at].id);
    list.children[at].scrollIntoView({ block: 'nearest' });
  };

  const show = (found) => {
    lines = found;
    list.replaceChildren(...found.map((line, i) => {
      const item = document.createElement('li');
      item.id = `saran-${i}`;
      item.setAttribute('role', 'option');
      const link = document.createElement('a');
      link.href = line.url;
      link.tabIndex = -1;
      link.textContent = line.text;
      item.append(link);
      if (line.kind) {
        const kind = document.createElement('small');
        kind.textContent = line.kind;
        link.append(' ', kind);
      }
      return item;
    }));
    choose(-1);
    list.hidden = found.length === 0;
    input.setAttribute('aria-expanded', String(found.length > 0));
  };

  const ask = async () => {
    const typed = input.value.trim();
    if (asked) asked.abort();
    if (typed.length < 2) {
      show([]);
      return;
    }
    if (!known.has(typed)) {
      asked = new AbortController();
      try {
        const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
        if (!answer.ok) return;
        known.set(typed, await answer.json());
      } catch {
        return;
      }
    }
    if (typed === input.value.trim() && document.activeElement === input) show(known.get(typed));
  };

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 180);
  });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && lines.length) {
      event.preventDefault();
      const n = lines.length + 1; // one place is the box itself
      choose((at + 1 + (event.key === 'ArrowDown' ? 1 : n - 1)) % n - 1);
    } else if (event.key === 'ArrowDown') {
      ask();
    } else if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      location.assign(lines[at].url);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      show([]);
    }
  });
  form.addEventListener('focusout', (event) => {
    if (!form.contains(event.relatedTarget)) setTimeout(() => show([]), 150); // a tap on a line comes first
  });
  addEventListener('pagehide', () => show([]));
}
