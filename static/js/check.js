// The checklist of a review while it is answered: what changes is saved a moment
// later, and pins are set on the pictures by a press, or by arrows and Enter.
// Without this script the page's buttons do the same. (The keys: js/queue.js.)
const form = document.querySelector('[data-check]');
if (form) work();

function work() {
  const status = form.querySelector('[data-status]');
  const photos = [...document.querySelectorAll('[data-photo]')];
  const items = [...form.querySelectorAll('[data-item]')];
  let item = items[0];
  let timer;
  let saving = false;
  let again = false;

  async function save() {
    if (saving) { again = true; return; }
    saving = true;
    const body = new URLSearchParams(new FormData(form));
    body.set('diam', 'true');
    try {
      const answer = await fetch(form.getAttribute('action'), { method: 'POST', body, headers: { Accept: 'application/json' } });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      status.textContent = form.dataset.saved;
    } catch {
      status.textContent = form.dataset.failed;
    }
    saving = false;
    if (again) { again = false; save(); }
  }
  function later() {
    clearTimeout(timer);
    status.textContent = '';
    timer = setTimeout(save, 700);
  }
  form.addEventListener('submit', () => clearTimeout(timer));
  form.addEventListener('input', (event) => {
    if (!/^(verdict|comment|pin)_/.test(event.target.name)) return;
    if (event.target.name.startsWith('pin_')) draw();
    count();
    later();
  });

  const progress = form.querySelector('[data-progress]');
  function count() {
    progress.textContent = progress.dataset.progress.replace('#', items.filter((i) => i.querySelector('input[type=radio]:checked')).length).replace('@', items.length);
  }

  function choose(next) {
    item?.classList.remove('current');
    item = next;
    item.classList.add('current');
  }
  form.addEventListener('focusin', (event) => {
    const within = event.target.closest('[data-item]');
    if (within) choose(within);
  });

  // draw writes the pins that are kept onto their pictures and numbers them.
  function draw() {
    for (const photo of photos) photo.querySelectorAll('svg.pins g').forEach((g) => g.remove());
    let n = 0;
    for (const box of form.querySelectorAll('input[name^=pin_]')) {
      if (!box.checked) continue;
      n += 1;
      const [id, x, y] = box.value.split(':');
      const photo = photos.find((p) => p.dataset.photo === id);
      if (!photo) continue;
      box.nextElementSibling.textContent = photo.closest('[data-photos]').dataset.pinLabel.replace('#', n).replace('@', photo.dataset.n);
      const svg = photo.querySelector('svg.pins');
      const { width, height } = svg.viewBox.baseVal;
      const g = make('g');
      const circle = make('circle', { cx: x * width / 1000, cy: y * height / 1000, r: width / 32 });
      const number = make('text', { x: x * width / 1000, y: y * height / 1000, 'font-size': width / 32 });
      number.textContent = n;
      g.append(circle, number);
      svg.append(g);
    }
  }
  function make(name, attributes = {}) {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    return e;
  }

  function pin(photo, x, y) {
    const label = document.createElement('label');
    const box = document.createElement('input');
    Object.assign(box, { type: 'checkbox', name: `pin_${item.dataset.item}`, checked: true });
    box.value = [photo.dataset.photo, x, y].map((v, i) => (i ? Math.max(0, Math.min(1000, Math.round(v))) : v)).join(':');
    label.append(box, ' ', document.createElement('span'));
    item.querySelector('[data-pins]').append(label);
    item.querySelector('input[value=improve]').checked = true;
    draw();
    count();
    later();
    item.querySelector('textarea').focus();
  }

  for (const photo of photos) {
    const svg = photo.querySelector('svg.pins');
    const { width, height } = svg.viewBox.baseVal;
    const aim = make('circle', { class: 'aim', r: width / 40 });
    let x = 500;
    let y = 500;
    const show = () => { aim.setAttribute('cx', x * width / 1000); aim.setAttribute('cy', y * height / 1000); };
    show();
    svg.append(aim);
    photo.tabIndex = 0;
    photo.setAttribute('role', 'button');
    photo.setAttribute('aria-label', photo.dataset.label);
    photo.addEventListener('click', (event) => {
      const box = photo.getBoundingClientRect();
      pin(photo, (event.clientX - box.left) * 1000 / box.width, (event.clientY - box.top) * 1000 / box.height);
    });
    photo.addEventListener('keydown', (event) => {
      const way = { ArrowLeft: [-25, 0], ArrowRight: [25, 0], ArrowUp: [0, -25], ArrowDown: [0, 25] }[event.key];
      if (way) {
        x = Math.max(0, Math.min(1000, x + way[0]));
        y = Math.max(0, Math.min(1000, y + way[1]));
        show();
      } else if (event.key === 'Enter') pin(photo, x, y);
      else if (event.key === 'Escape') (item.querySelector('input[type=radio]:checked') || item.querySelector('input[type=radio]')).focus();
      else return;
      event.preventDefault();
    });
  }

  for (const button of form.querySelectorAll('.check-mark')) {
    button.addEventListener('click', (event) => {
      if (!photos.length) return;
      event.preventDefault();
      choose(button.closest('[data-item]'));
      photos[0].focus();
    });
  }
  document.querySelectorAll('[data-fallback]').forEach((f) => f.remove());
}
