// Looks whether the state of a payment or an order has changed, and shows the
// page anew when it has. Asks less and less often, and not while unseen.
const place = document.querySelector('[data-state]');
let wait = 3000;

async function look() {
  if (document.hidden) return setTimeout(look, 1000);
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const now = page.querySelector('[data-state]');
      if (now && now.dataset.state !== place.dataset.state) return location.reload();
    }
  } catch {
    // No signal: ask again later.
  }
  wait = Math.min(wait * 1.2, 20000);
  setTimeout(look, wait);
}

if (place) setTimeout(look, wait);
