// The main journey as one story at phone width: on both databases, with and
// without scripts.

import { test } from '@playwright/test';
import { startApp } from '../support/app.mjs';
import { Story } from '../support/story.mjs';

// A busy machine may need long; a quiet one takes half a minute.
test.describe.configure({ mode: 'parallel', timeout: 600_000 });

for (const database of ['sqlite', 'postgres']) {
  for (const js of [true, false]) {
    test(`from the maker's photo to the money in her pocket, ${database}, ${js ? 'with' : 'without'} scripts`, async ({ browser }) => {
      const app = await startApp({ database });
      const story = new Story(app, browser, { js });
      try {
        await test.step('A. from the photo to the shop window', async () => {
          await story.invite();
          await story.firstSignIn();
          await story.list();
          await story.hidden(story.firstPhoto);
          await story.giveBack();
          await story.mend();
          await story.hidden(story.firstPhoto, story.newPhoto);
          await story.approve();
          await story.shown();
        });
        await test.step('B. from the cart to the money at the gateway', async () => {
          await story.fillCart();
          await story.checkOut();
          await story.pay();
        });
        await test.step('C. from the order to the doorstep', async () => {
          await story.lastriSends();
          await story.cannotMakeOne();
          await story.takeRefund();
          await story.handOver();
          await story.receive();
          await story.messages();
        });
        await test.step('D. from held money to the pocket', async () => {
          await story.earn();
          await story.withdraw();
          await story.payOut();
          await story.statement();
        });
        story.people.wellBehaved();
        await app.audit();
      } finally {
        await story.end();
        await app.stop();
      }
    });
  }
}
