import type { BirthNotification, Decision, Parent } from '#contracts/notifications/birth.js';
import { aSin } from './identifiers.js';

/** Olivia, who gave birth in Toronto. Names are those of the sandbox's people, whom its registers know. */
export const aPerson = (change: Partial<Parent> = {}): Parent => ({
  id: 'parent-1', role: 'gave-birth', names: { given: ['Olivia', 'Grace'], family: 'Tremblay-Okafor' }, birthDate: '1993-05-14', birthPlace: { jurisdiction: 'ca-on' },
  legalStatus: 'citizen', sin: aSin(1), ...change,
});

export const aDecision = (target: string, change: Partial<Decision> = {}): Decision => ({ target, decision: 'granted', notice: `${target}.v1`, language: 'en-CA', ...change });

/** A birth in Toronto, told by the mother, who wants everything Ontario offers; the father was born abroad. */
export const aBirthNotification = (change: Partial<BirthNotification> = {}): BirthNotification => ({
  lifeEvent: 'birth',
  birth: { outcome: 'live-birth', date: '2026-03-01', time: '04:20', jurisdiction: 'ca-on', municipality: 'Toronto', facility: 'mount-sinai' },
  child: { names: { given: ['Amélie', 'Rose'], family: 'Tremblay-Okafor' }, sex: 'F' },
  parents: [
    aPerson(),
    aPerson({ id: 'parent-2', role: 'parent', names: { given: ['Noah', 'Emeka'], family: 'Okafor' }, birthDate: '1991-11-02', birthPlace: { country: 'NG' }, legalStatus: 'permanent-resident', sin: aSin(2) }),
  ],
  notifier: 'parent-1',
  residence: { line: '12 Larch Street', municipality: 'Toronto', jurisdiction: 'ca-on', postalCode: 'M5T 1B2' },
  contact: { language: 'en-CA', email: 'olivia@example.org', telephone: '416-555-0123' },
  choices: { certificate: 'long-form', promoter: 'maple-savings' },
  decisions: ['birth-certificate', 'sin', 'child-benefits', 'health-card', 'education-savings'].map((target) => aDecision(target)),
  ...change,
});
