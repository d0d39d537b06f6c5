import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdapterCatalogue } from '#contracts/apis/catalogue.js';
import { catalogueDoor } from '#libs/doors/index.js';
import { KeyFolder, openDoor } from '#libs/testing/open-door.js';
import { adapters, RegisteredAdapters } from './adapters.js';

describe.each(['in the caller’s own process', 'over HTTP'])('the door of the adapters’ catalogue, %s', (binding) => {
  const keys = new KeyFolder();
  let catalogue: AdapterCatalogue;
  let close: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    const own = new RegisteredAdapters();
    if (binding === 'over HTTP') ({ client: catalogue, close } = await openDoor(catalogueDoor, own, { keys }));
    else catalogue = own;
  }, 60_000);
  afterAll(async () => {
    await close();
    keys.remove();
  });

  it('shows a card of every adapter: what it needs, what it can report, on which agreements it stands', async () => {
    expect(catalogue).toBeInstanceOf(AdapterCatalogue);
    const cards = await catalogue.cards();
    expect(cards.map((c) => c.kind)).toEqual(adapters.map((a) => a.kind));
    for (const card of cards) {
      expect(card.needs.length).toBeGreaterThan(0);
      expect(card.outcomes.length).toBeGreaterThan(0);
      expect(card.agreements.length).toBeGreaterThan(0);
    }
    expect(cards.find((c) => c.kind === 'sin')!.agreements[0]).toMatchObject({ programme: 'ca/sin', from: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as unknown });
  });
});
