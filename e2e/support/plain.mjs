// What makers' pages must be for a small phone, large letters and few colours, and
// what they may weigh.

// narrow is the smallest phone, wide enough for a word in letters twice as large.
export const narrow = { width: 320, height: 640 };

// fits says what of the page is wrong in the way it stands now: wider than the
// screen, cut, or too small to be pressed. All of it runs in the page.
export function fits(page) {
  return page.evaluate(() => {
    const faults = [];
    const room = document.documentElement.clientWidth;
    const name = (e) => `${e.localName}${e.className && typeof e.className === 'string' ? `.${e.className.replaceAll(' ', '.')}` : ''} "${e.textContent.trim().slice(0, 30)}"`;
    const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('.sr, .skip');
    // What is moved sideways inside the page, such as a table, is not the page.
    const scrolled = (e) => {
      for (; e && e !== document.body; e = e.parentElement) if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return true;
      return false;
    };
    if (document.documentElement.scrollWidth > room) faults.push(`scrolls sideways: ${document.documentElement.scrollWidth} px`);

    for (const e of document.body.querySelectorAll('*')) {
      if (!seen(e)) continue;
      const style = getComputedStyle(e);
      if (/hidden|clip/.test(style.overflow + style.overflowX + style.overflowY) && e.childNodes.length && e.localName !== 'svg' && !e.closest('svg')) {
        if (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) faults.push(`cut: ${name(e)}`);
      }
      if (scrolled(e)) continue;
      for (const node of e.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
        const line = document.createRange();
        line.selectNodeContents(node);
        for (const { left, right } of line.getClientRects()) {
          if (left < -1 || right > room + 1) {
            faults.push(`outside: ${name(e)}`);
            break;
          }
        }
      }
    }

    for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, label:has(input[type=file], input[type=radio], input[type=checkbox])')) {
      const file = e.matches('input[type=file], input[type=radio], input[type=checkbox]');
      if (!seen(e) || (file && e.labels?.length)) continue; // its label is pressed
      const { width, height } = e.getBoundingClientRect();
      const display = getComputedStyle(e).display;
      // A link within a sentence is as high as its letters.
      if (display === 'inline' && e.localName === 'a') continue;
      if (width && height && (width < 24 || height < 24)) faults.push(`small: ${name(e)} ${Math.round(width)}x${Math.round(height)}`);
      if (e.matches('.button:not(.quiet, .small), .tabs-bottom a, .door') && height < 48) faults.push(`low: ${name(e)} ${Math.round(height)}`);
    }
    return [...new Set(faults)];
  });
}

// bare says what of the page is lost without our colours, or moves though asked not to.
export function bare(page) {
  return page.evaluate(() => {
    const faults = [];
    for (const e of document.querySelectorAll('button, .button, input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), select, textarea')) {
      if (!e.checkVisibility() || e.matches('.text-button, .plain, .link') || e.closest('.sr, .menu, .skip')) continue;
      const edged = (it) => {
        const { borderTopWidth, borderTopStyle, outlineStyle } = getComputedStyle(it);
        return (parseFloat(borderTopWidth) > 0 && borderTopStyle !== 'none') || outlineStyle !== 'none';
      };
      if (!edged(e) && !edged(e.parentElement)) faults.push(`without an edge: ${e.localName}.${e.className} "${e.textContent.trim().slice(0, 30)}"`);
    }
    const now = document.querySelector('.tabs-bottom [aria-current]');
    if (now) {
      const { outlineStyle, borderTopStyle, fontWeight } = getComputedStyle(now);
      if (outlineStyle === 'none' && borderTopStyle === 'none' && Number(fontWeight) < 600) faults.push('the current place looks like the others');
    }
    for (const moving of document.getAnimations()) faults.push(`moves: ${moving.effect?.target?.className ?? moving.animationName}`);
    return [...new Set(faults)];
  });
}

// weigh visits an address as nobody has before, in a page of a new context, and
// says how many bytes came over the line, as they were packed.
export async function weigh(page, address) {
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  const kinds = new Map();
  const bytes = { all: 0, Document: 0, Stylesheet: 0, Script: 0, Image: 0 };
  line.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  line.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes.all += encodedDataLength;
    const kind = kinds.get(requestId);
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
  });
  const answer = await page.goto(address, { waitUntil: 'networkidle' });
  await line.detach();
  return { bytes, status: answer.status() };
}
