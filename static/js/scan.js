// Reads a tracking number from its bar code with the phone's camera, where the browser
// can do that by itself; everywhere else the number is typed.
//
//   <div data-scan="FIELD" data-look="…" data-none="…" hidden>
//     <button type="button">…</button>
//     <dialog><video></video><p role="status"></p><button type="button">…</button></dialog>
//   </div>
//
// The camera is on only while the dialog is open, and no picture leaves the page.
const box = document.querySelector('[data-scan]');
const field = box && document.getElementsByName(box.dataset.scan)[0];
let detector;
try {
  detector = field && navigator.mediaDevices && new BarcodeDetector();
} catch {
  // this browser reads no bar codes
}
if (detector) begin();

function begin() {
  const dialog = box.querySelector('dialog');
  const video = dialog.querySelector('video');
  const word = dialog.querySelector('[role=status]');
  let stream;

  async function open() {
    word.textContent = box.dataset.look;
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      word.textContent = box.dataset.none; // no camera, or it may not be used
      return;
    }
    if (!dialog.open) return stop(); // given up while the browser asked
    video.srcObject = stream;
    await video.play().catch(() => {});
    look();
  }

  async function look() {
    if (!stream) return;
    const found = await detector.detect(video).catch(() => []);
    // A parcel bears other codes too: addresses of sites, names of warehouses.
    const number = found.map((code) => code.rawValue.trim()).find((text) => /^(?=.*\d)[A-Za-z0-9-]{8,40}$/.test(text));
    if (stream && number) {
      field.value = number;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      dialog.close();
      field.focus();
      return;
    }
    setTimeout(look, 200);
  }

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = undefined;
    video.srcObject = null;
  }

  box.querySelector('button').addEventListener('click', open);
  dialog.querySelector('button').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', stop);
  document.addEventListener('visibilitychange', () => document.hidden && dialog.close());
  box.hidden = false;
}
