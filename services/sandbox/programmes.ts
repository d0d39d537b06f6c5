import { isObject } from './http.js';
import { healthNumberOf, registrationNumberOf, sinOf, spread } from './numbers.js';

/** What an agency answers, now or later: contracts/agency.openapi.yaml, `Answer`. */
export interface Answer {
  readonly state: 'final' | 'received' | 'in-progress' | 'action-required' | 'refused';
  readonly code?: string;
  readonly yields?: Readonly<Record<string, string>>;
  /** ISO 8601: the last moment at which the person can still do what is asked. */
  readonly actionBy?: string;
  readonly note?: string;
}

/** What an agency knows when it is told something. */
export interface Told {
  readonly jurisdiction: string;
  readonly deliveryId: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Instant, by the sandbox's clock. */
  readonly now: number;
}

/** `waitsFor`: the facility whose notice must come before this registration can proceed to `then`. */
export interface Decided {
  readonly answer: Answer;
  readonly waitsFor?: string;
  readonly then?: Answer;
}

export type Profile = 'fast' | 'lifelike';

/** Milliseconds: `think` before the request is answered, `later` before a final answer follows by callback; absent: it is final at once. */
export interface Pace {
  readonly think: number;
  readonly later?: number;
}

const DAY = 86_400_000;
const PROVINCES = ['ca-ab', 'ca-bc', 'ca-mb', 'ca-nb', 'ca-nl', 'ca-ns', 'ca-on', 'ca-pe', 'ca-qc', 'ca-sk'];
const TERRITORIES = ['ca-nt', 'ca-nu', 'ca-yt'];
export const JURISDICTIONS: readonly string[] = ['ca', ...PROVINCES, ...TERRITORIES];

/** Facilities whose notice of birth does not come by itself; every other one has sent it before the parents report. */
const SILENT_FACILITIES = ['riverside-community'];
const FACILITIES_OF_ANOTHER_CHILD = ['st-marys-other-child'];
/** Registrars that keep a file open for a moment in the `fast` profile, so that the later answer is exercised as well as the immediate one. */
const SLOW_REGISTRARS = ['ca-on', 'ca-ab', 'ca-mb', 'ca-ns', 'ca-nu'];

/** The member at this path of a document, undefined when there is none. */
const at = (document: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), document);

const final = (code: string, yields?: Answer['yields']): Answer => ({ state: 'final', code, ...(yields && { yields }) });
const refused = (code: string, note: string): Decided => ({ answer: { state: 'refused', code, note } });
const askFor = (code: string, note: string, now: number): Decided =>
  ({ answer: { state: 'action-required', code, actionBy: new Date(now + 30 * DAY).toISOString(), note } });

/** Parents' statement and the facility's notice must both be here and match before a registration exists. */
const register = (registered: (told: Told) => Answer) => (told: Told): Decided => {
  const facility = String(at(told.body, 'birth', 'facility'));
  if (told.now - Date.parse(String(at(told.body, 'birth', 'date'))) > 365 * DAY) return askFor('DELAYED', 'More than a year after the birth: a delayed registration, on paper.', told.now);
  if (FACILITIES_OF_ANOTHER_CHILD.includes(facility)) return askFor('MISMATCH', 'The notice of this facility describes another child.', told.now);
  if (SILENT_FACILITIES.includes(facility)) {
    return { answer: { state: 'in-progress', code: 'AWAITING_NOTICE', note: 'The facility has not sent its notice.' }, waitsFor: facility, then: registered(told) };
  }
  return { answer: registered(told) };
};

interface Kind {
  readonly tell: (told: Told) => Decided;
  readonly pace: Readonly<Record<Profile, (told: Pick<Told, 'jurisdiction' | 'deliveryId'>) => Pace>>;
}

const AT_ONCE = { think: 0 } as const;
const between = (think: readonly [number, number], later?: readonly [number, number]) => ({ deliveryId }: Pick<Told, 'deliveryId'>): Pace =>
  ({ think: spread(`think/${deliveryId}`, ...think), ...(later && { later: spread(`later/${deliveryId}`, ...later) }) });
const briefly = between([0, 0], [20, 80]);

const registrar: Kind['pace'] = {
  fast: (told) => (SLOW_REGISTRARS.includes(told.jurisdiction) ? briefly(told) : AT_ONCE),
  lifelike: between([80, 250], [900, 1900]),
};

/** Every programme kind that can be told of a birth. One line says what it answers, the next how long it takes. */
const KINDS: Readonly<Record<string, Kind>> = {
  'birth-registration': {
    tell: register(({ jurisdiction, deliveryId }) => final('REGISTERED', { registrationNumber: registrationNumberOf(jurisdiction, deliveryId) })),
    pace: registrar,
  },
  'stillbirth-registration': { tell: register(() => final('REGISTERED')), pace: registrar },
  'birth-certificate': {
    tell: ({ jurisdiction, now }) => (jurisdiction === 'ca-ab' ? askFor('FEE_DUE', 'The fee is paid at a registry agent.', now) : { answer: final('ISSUED') }),
    pace: { fast: () => AT_ONCE, lifelike: between([200, 500], [700, 1500]) },
  },
  sin: {
    tell: ({ body, deliveryId }) => (TERRITORIES.includes(`ca-${String(at(body, 'birthDetails', 'province')).toLowerCase()}`)
      ? refused('NOT_AVAILABLE_TERRITORY', 'Newborns of the territories apply to Service Canada.')
      : { answer: final('ISSUED', { sin: sinOf(deliveryId) }) }),
    pace: { fast: () => AT_ONCE, lifelike: between([150, 400], [1500, 3000]) },
  },
  'child-benefits': {
    tell: ({ body, now }) => (at(body, 'applicant', 'socialInsuranceNumber') === undefined
      ? askFor('INFO_NEEDED', 'The applicant’s Social Insurance Number is missing.', now) : { answer: final('APPLIED') }),
    pace: { fast: briefly, lifelike: between([200, 600], [1200, 2600]) },
  },
  'family-allowance': { tell: () => ({ answer: final('ENROLLED') }), pace: { fast: () => AT_ONCE, lifelike: between([300, 900]) } },
  'health-card': {
    tell: ({ jurisdiction, deliveryId, body }) =>
      jurisdiction === 'ca-on' ? { answer: final('PRE_ASSIGNED') }
      : jurisdiction === 'ca-bc' && at(body, 'parent', 'healthNumber') === undefined
        ? refused('PARENT_NOT_COVERED', 'The mother is not enrolled.')
        : { answer: final('ISSUED', { healthNumber: healthNumberOf(jurisdiction, deliveryId) }) },
    pace: { fast: () => AT_ONCE, lifelike: between([200, 500], [600, 2000]) },
  },
  'education-savings': { tell: () => ({ answer: final('REFERRED') }), pace: { fast: () => AT_ONCE, lifelike: between([200, 700]) } },
};

export const isProgramme = (jurisdiction: string, kind: string): boolean => JURISDICTIONS.includes(jurisdiction) && Object.hasOwn(KINDS, kind);

export const answerTell = (kind: string, told: Told): Decided => KINDS[kind]!.tell(told);

/** A correction of something never received is done by doing nothing. */
export const answerCorrection = (kind: 'amend' | 'recall' | 'stop', isWithUs: boolean): Answer =>
  final(isWithUs ? { amend: 'AMENDED', recall: 'RECALLED', stop: 'STOPPED' }[kind] : 'NOT_WITH_US');

export const paceOf = (profile: Profile, kind: string, isTell: boolean, told: Pick<Told, 'jurisdiction' | 'deliveryId'>): Pace =>
  isTell ? KINDS[kind]!.pace[profile](told) : profile === 'fast' ? AT_ONCE : between([150, 400])(told);
