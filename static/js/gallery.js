// The pictures of a product. The small ones move the strip to the large ones, and
// a large one opens over the page, where arrow keys go on and a press brings it
// nearer. Without this file each is a link to its largest size.
const svg = 'http://www.w3.org/2000/svg';

for (const box of document.querySelectorAll('[data-gallery]')) {
  const strip = box.querySelector('.gallery-strip');
  const links = [...strip.querySelectorAll('a.zoomable')];
  const thumbs = [...box.querySelectorAll('.gallery-thumbs a')];

  follow(strip, [...strip.children], (n) => {
    thumbs.forEach((thumb, i) => (i === n ? thumb.setAttribute('aria-current', 'true') : thumb.removeAttribute('aria-current')));
  });
  thumbs.forEach((thumb, n) => thumb.addEventListener('click', (event) => {
    event.preventDefault();
    to(strip, n);
  }));
  links.forEach((link, n) => link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
    event.preventDefault();
    zoom(box, links, n);
  }));
}

// to moves a strip to its n-th child; how smoothly, the stylesheet says.
function to(strip, n) {
  strip.scrollTo({ left: strip.children[n].offsetLeft - strip.children[0].offsetLeft });
}

// follow tells which of the strip's children is in sight.
function follow(strip, children, tell) {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) tell(children.indexOf(target));
  }, { root: strip, threshold: 0.6 });
  for (const child of children) seen.observe(child);
}

function element(name, className, ...children) {
  const e = document.createElement(name);
  e.className = className;
  e.append(...children);
  return e;
}

function button(name, label, sheet, act) {
  const icon = document.createElementNS(svg, 'svg');
  icon.setAttribute('class', 'i');
  icon.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', sheet + name);
  icon.append(use);
  const b = element('button', `zoom-${name}`, icon);
  b.type = 'button';
  b.setAttribute('aria-label', label);
  b.addEventListener('click', act);
  return b;
}

function zoom(box, links, first) {
  const { close, before, after, label } = box.dataset;
  const sheet = box.querySelector('use').getAttribute('href').replace(/#.*/, '#i-');
  let now = first;
  const slides = links.map((link) => {
    const picture = link.querySelector('picture').cloneNode(true);
    for (const part of picture.children) part.sizes = '100vw';
    picture.querySelector('img').loading = 'eager';
    const slide = element('div', 'zoom-slide', picture);
    picture.addEventListener('click', () => slide.classList.toggle('near'));
    return slide;
  });
  const strip = element('div', 'zoom-strip', ...slides);
  strip.tabIndex = 0;
  const go = (by) => to(strip, Math.min(slides.length - 1, Math.max(0, now + by)));
  const shut = button('cross', close, sheet, () => dialog.close());
  const dialog = element('dialog', 'zoom', shut, strip);
  dialog.setAttribute('aria-label', label);
  if (slides.length > 1) dialog.append(button('back', before, sheet, () => go(-1)), button('next', after, sheet, () => go(1)));
  dialog.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft') go(-1);
    if (key === 'ArrowRight') go(1);
  });
  dialog.addEventListener('click', ({ target }) => target.matches('.zoom-slide') && dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  strip.scrollTo({ left: slides[first].offsetLeft, behavior: 'instant' });
  follow(strip, slides, (n) => {
    if (n !== now) slides[now].classList.remove('near');
    now = n;
  });
}
