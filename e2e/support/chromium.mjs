import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// find returns the first of the named programs that PATH holds, or undefined.
export function find(...names) {
  for (const name of names) {
    const places = name.includes('/')
      ? [name]
      : (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name));
    for (const place of places) {
      try {
        accessSync(place, constants.X_OK);
        return place;
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

// chromium is the system's browser: CHROMIUM names another.
export function chromium() {
  const wanted = process.env.CHROMIUM;
  const path = wanted
    ? find(wanted)
    : find('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  if (!path) {
    throw new Error(wanted ? `CHROMIUM=${wanted} is not a program` : 'no Chromium found: run make setup');
  }
  return path;
}
