import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { birthBundle } from '#contracts/bundles/birth.bundle.js';
import { BirthNotification } from '#contracts/notifications/birth.js';
import { aBirthNotification, aDecision, aPerson } from './a-birth-notification.js';

const faults = (notification: BirthNotification) =>
  validateSync(plainToInstance(BirthNotification, JSON.parse(JSON.stringify(notification))), { whitelist: true, forbidNonWhitelisted: true }).map((e) => e.property);

describe('a birth notification for tests', () => {
  it('is one the service accepts', () => {
    expect(faults(aBirthNotification())).toEqual([]);
  });

  it('is refused once something in it is wrong', () => {
    expect(faults(aBirthNotification({ parents: [aPerson({ sin: '000000000' })] }))).toEqual(['parents']);
    expect(faults(aBirthNotification({ decisions: [aDecision('sin', { notice: 'none' })] }))).toEqual(['decisions']);
  });

  it('decides only about targets of the bundle, under notices they show', () => {
    const notices = new Map(birthBundle.targets.map((t) => [t.target, t.notice]));
    for (const { target, notice } of aBirthNotification().decisions) expect([target, notices.get(target)]).toEqual([target, notice]);
  });
});
