import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Planner } from '#contracts/apis/planner.js';
import { plannerDoor } from '#libs/doors/index.js';
import { MovableClock } from '#libs/kernel/index.js';
import { aBirthNotification } from '#libs/testing/a-birth-notification.js';
import { KeyFolder, openDoor } from '#libs/testing/open-door.js';
import { BundlePlanner } from './planner.js';

describe.each(['in the caller’s own process', 'over HTTP'])('the door of the planner, %s', (binding) => {
  const keys = new KeyFolder();
  let planner: Planner;
  let close: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    const own = new BundlePlanner(new MovableClock());
    if (binding === 'over HTTP') ({ client: planner, close } = await openDoor(plannerDoor, own, { keys, asker: 'intake' }));
    else planner = own;
  }, 60_000);
  afterAll(async () => {
    await close();
    keys.remove();
  });

  it('says what would follow: each target with its programme, why, and exactly the fields shared', async () => {
    expect(planner).toBeInstanceOf(Planner);
    const planned = await planner.preview(aBirthNotification());
    const registration = planned.find((p) => p.view.target === 'birth-registration')!;
    expect(registration.view).toMatchObject({ programme: 'ca-on/birth-registration', basis: 'law' });
    expect(Object.keys(registration.why).sort()).toEqual(['en', 'fr']);
    expect(registration.fields).toContain('child.names');
    expect(registration).not.toHaveProperty('notice');
    expect(planned.find((p) => p.view.target === 'sin')).toMatchObject({ notice: 'sin.v1' });
  });

  it('plans a stillbirth otherwise', async () => {
    const { names: _, ...child } = aBirthNotification().child;
    const planned = await planner.preview(aBirthNotification({ birth: { ...aBirthNotification().birth, outcome: 'stillbirth' }, child, decisions: [] }));
    expect(planned.map((p) => p.view.target)).toEqual(['stillbirth-registration']);
  });
});
