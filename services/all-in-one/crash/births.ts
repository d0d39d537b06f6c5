import type { Dice } from './dice.js';

/** What parents may decide about in Québec; the registration itself is the law's. */
export const ASKED = ['birth-certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card'] as const;

/** How one birth is told, and what its parents do besides. Milliseconds are real time. */
export interface BirthPlan {
  readonly index: number;
  /** The family's name: stands in every body that tells of this birth, and in no other. */
  readonly family: string;
  readonly told:
    /** Once, and again under the same key until it is answered. */
    | 'once'
    /** At the same moment under two keys, as by an impatient second click: one birth, one case. */
    | 'twice'
    /** Once, and never again whatever comes of it. */
    | 'carelessly'
    /** So that it must be refused. */
    | 'wrongly';
  readonly declines?: string;
  /** Consent for one programme is withdrawn so long after the case was accepted, and in some cases given again. */
  readonly withdraws?: { readonly target: string; readonly afterMs: number; readonly givesAgainAfterMs?: number };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DAY = 86_400_000;
const BASE = 26 ** 4;
/** Days in which a mother may be born: one for each birth, so that none is held as another's near repetition. */
const MOTHERS_DAYS = 8030;

/** Five letters for a number, and others for any other number below 26⁴. */
const nameOf = (n: number): string => {
  let [name, rest] = ['', (n * 7919 + 104_729) % BASE];
  for (let i = 0; i < 4; i++) {
    name = LETTERS[rest % 26]! + name;
    rest = Math.floor(rest / 26);
  }
  return name;
};

/** How many parents, 0 to 1, change their mind about a programme, and how many tell twice at once. */
export interface Temper { readonly fickle: number; readonly impatient: number }
export const ORDINARY: Temper = { fickle: 0.25, impatient: 0.12 };

export const planBirth = (index: number, dice: Dice, { fickle, impatient }: Temper = ORDINARY): BirthPlan => {
  const family = `Zorqu${nameOf(index)}`;
  const [how, what] = [dice.roll(), dice.roll()];
  const target = dice.pick(ASKED);
  const [afterMs, again, givesAgainAfterMs] = [dice.below(3000), dice.roll(), 100 + dice.below(2000)];
  const told = how < 0.04 ? 'wrongly' : how < 0.08 ? 'carelessly' : how < 0.08 + impatient ? 'twice' : 'once';
  if (told === 'wrongly' || told === 'carelessly') return { index, family, told };
  return {
    index, family, told,
    ...(what < 0.15 * (1 - fickle) && { declines: target }),
    ...(what >= 1 - fickle && { withdraws: { target, afterMs, ...((again < 0.4 || fickle === 1) && { givesAgainAfterMs }) } }),
  };
};

/** What is sent: a Québec birth of six deliveries, about one kilobyte; five of them need a consent. */
export const bodyOf = ({ index, family, told, declines }: BirthPlan, today: Date): object => {
  const iso = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return {
    lifeEvent: 'birth',
    birth: { outcome: 'live-birth', date: iso(today.getTime() - (1 + (index % 19)) * DAY), time: '04:20', jurisdiction: 'ca-qc', municipality: 'Québec', facility: 'hotel-dieu-sainte-foy' },
    child: { names: { given: ['Aurore'], family }, sex: 'F' },
    parents: [
      {
        id: 'parent-1', role: told === 'wrongly' ? 'stork' : 'gave-birth', names: { given: ['Marielle'], family }, birthDate: iso(Date.UTC(1982, 0, 1) + ((index * 7) % MOTHERS_DAYS) * DAY), birthPlace: { jurisdiction: 'ca-qc' },
        legalStatus: 'citizen', sin: '046454286', healthNumber: { jurisdiction: 'ca-qc', number: 'LAVM90521718' },
      },
      { id: 'parent-2', role: 'parent', names: { given: ['Florent'], family: `B${family.toLowerCase()}` }, birthDate: '1988-09-30', birthPlace: { jurisdiction: 'ca-qc' }, legalStatus: 'citizen' },
    ],
    notifier: 'parent-1',
    residence: { line: '1250, rue Saint-Jean, app. 4', municipality: 'Québec', jurisdiction: 'ca-qc', postalCode: 'G1R 1S6' },
    contact: { language: 'fr-CA', email: 'parents@example.org' },
    choices: { certificate: 'short-form' },
    decisions: ASKED.map((target) => ({ target, decision: target === declines ? 'refused' : 'granted', notice: `${target}.v1`, language: 'fr-CA' })),
  };
};
