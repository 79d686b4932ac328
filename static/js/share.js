// What only a script can do to pass a page on: the phone's own menu, and copying.
for (const kit of document.querySelectorAll('[data-share]')) {
  const { title, url } = kit.dataset;
  const native = kit.querySelector('[data-native]');
  const copy = kit.querySelector('[data-copy]');
  if (navigator.share) {
    native.parentElement.hidden = false;
    native.addEventListener('click', () => navigator.share({ title, url }).catch(() => {}));
  }
  if (navigator.clipboard) {
    copy.parentElement.hidden = false;
    copy.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(url);
      } catch {
        return; // the browser said no; the address stands above
      }
      copy.textContent = copy.dataset.done;
      kit.querySelector('[data-said]').textContent = copy.dataset.done;
    });
  }
}
