import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import type { Reports } from '#services/intake/index.js';
import type { Accepted } from '#services/intake/domain/accept.js';
import { AcceptNotification } from '#services/intake/use-cases/accept-notification.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DAY = 86_400_000;
const DAYS = 19;
const MOTHERS_DAYS = 8030; // of birth, 22 years of them
const KINDS = DAYS * 26 * 26 * MOTHERS_DAYS;
/** Has no factor in common with KINDS: stepping by it comes by every kind before any comes again. */
const STEP = 61_803_399;
const anyOf = (n: number): number => Math.floor(Math.random() * n);
/** So many letters are drawn at once. */
const DRAWN = 6;
const letters = (length: number): string => {
  let text = '';
  for (let i = 0, draw = 0; i < length; i++, draw = Math.floor(draw / 26)) {
    if (i % DRAWN === 0) draw = anyOf(26 ** DRAWN);
    text += LETTERS[draw % 26]!;
  }
  return text;
};
const word = (length: number, initial = anyOf(26)): string => `${LETTERS[initial]!.toUpperCase()}${letters(length - 1)}`;

let kind = anyOf(KINDS);
/** No two births of a process are alike enough (day, mother's initials and birth date) to be held for a reviewer as one told twice. */
const nextKind = (): { readonly day: number; readonly given: number; readonly family: number; readonly born: number } => {
  kind = (kind + STEP) % KINDS;
  return { day: 1 + (kind % DAYS), given: Math.floor(kind / DAYS) % 26, family: Math.floor(kind / DAYS / 26) % 26, born: Math.floor(kind / DAYS / 26 / 26) };
};
const iso = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Workload W: a Québec birth of six deliveries in two waves (registration, then five), about one kilobyte, everything wanted. */
export const quebecBirth = (today = new Date()): BirthNotification => {
  const mother = nextKind();
  const family = word(10, mother.family);
  const date = iso(today.getTime() - mother.day * DAY);
  return {
    lifeEvent: 'birth',
    birth: { outcome: 'live-birth', date, time: '04:20', jurisdiction: 'ca-qc', municipality: 'Québec', facility: 'hotel-dieu-sainte-foy' },
    child: { names: { given: [word(6)], family }, sex: 'F' },
    parents: [
      {
        id: 'parent-1', role: 'gave-birth', names: { given: [word(7, mother.given)], family }, birthDate: iso(Date.UTC(1982, 0, 1) + mother.born * DAY), birthPlace: { jurisdiction: 'ca-qc' }, legalStatus: 'citizen', sin: '046454286',
        healthNumber: { jurisdiction: 'ca-qc', number: 'LAVM90521718' },
      },
      { id: 'parent-2', role: 'parent', names: { given: [word(7)], family: word(9) }, birthDate: '1988-09-30', birthPlace: { jurisdiction: 'ca-qc' }, legalStatus: 'citizen' },
    ],
    notifier: 'parent-1',
    residence: { line: '1250, rue Saint-Jean, app. 4', municipality: 'Québec', jurisdiction: 'ca-qc', postalCode: 'G1R 1S6' },
    contact: { language: 'fr-CA', email: `${letters(8)}@example.org` },
    choices: { certificate: 'short-form' },
    decisions: ['birth-certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card'].map((target) => ({ target, decision: 'granted', notice: `${target}.v1`, language: 'fr-CA' })),
  };
};

/** Tells a birth in process, as the HTTP edge does after it has checked token and body. Answers the case once it is committed. */
export const teller = (bus: CommandBus, reports: Reports) => async (notification: BirthNotification): Promise<Accepted> =>
  bus.execute<AcceptNotification, Accepted>(new AcceptNotification(reports.of(notification, { subject: randomUUID(), agent: false, claims: {} }, 'one', Date.now()), {}));
