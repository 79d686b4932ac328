// Shows chosen photos, and makes them smaller before they are sent: a phone's
// photo of 8 MB becomes one of some 500 kB. Whatever fails here, the browser
// sends the file as it is and the server decides.
const LARGEST = 2560;

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
  const small = blob && (scale < 1 || blob.size < file.size);
  return {
    canvas,
    file: small ? new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' }) : file,
  };
}

for (const box of document.querySelectorAll('.field[data-photo]')) {
  const input = box.querySelector('input[type=file]');
  const list = box.querySelector('[data-preview]');
  input.addEventListener('change', async () => {
    const chosen = [...input.files];
    list.textContent = chosen.length ? list.dataset.busy : '';
    const kept = new DataTransfer();
    const shown = [];
    for (const file of chosen) {
      try {
        const { canvas, file: ready } = await shrink(file);
        canvas.setAttribute('role', 'img');
        canvas.setAttribute('aria-label', list.dataset.alt);
        shown.push(canvas);
        kept.items.add(ready);
      } catch {
        kept.items.add(file);
      }
    }
    input.files = kept.files; // does not fire change again
    list.replaceChildren(...shown.map((canvas) => {
      const item = document.createElement('li');
      item.append(canvas);
      return item;
    }));
  });
}
