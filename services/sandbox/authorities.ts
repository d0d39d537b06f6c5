import { setTimeout as sleep } from 'node:timers/promises';
import { suffer, sufferAfter } from './agencies.js';
import type { Faults } from './faults.js';
import { BadRequest, isObject, problem, type Asked, type Reply } from './http.js';
import { spread } from './numbers.js';
import { PEOPLE, type SandboxPerson } from './people.js';
import { JURISDICTIONS, type Profile } from './programmes.js';

/** Words of the Pan-Canadian identity exchange: full, acceptable or no match; per field same, similar, different, not available, not disclosed. */
export type Resolution = 'FUMA' | 'ACMA' | 'NOMA';
export type FieldWord = 'SAME' | 'SIML' | 'DIFF' | 'NOAV' | 'NODI';

/** Whom an authority is asked to confirm. */
export interface Question {
  readonly names: { readonly given: readonly string[]; readonly family: string };
  readonly birthDate: string;
  readonly birthPlace: { readonly jurisdiction?: string; readonly country?: string };
}
export interface Confirmation {
  readonly resolution: Resolution;
  /** 0 to 100. */
  readonly score: number;
  readonly fields: Readonly<Record<'givenNames' | 'familyName' | 'birthDate' | 'birthPlace', FieldWord>>;
}

const WEIGHTS = { familyName: 35, givenNames: 25, birthDate: 30, birthPlace: 10 } as const;
const ACCEPTABLE = 75;
const NOBODY: Confirmation = { resolution: 'NOMA', score: 0, fields: { givenNames: 'NOAV', familyName: 'NOAV', birthDate: 'NOAV', birthPlace: 'NOAV' } };

const plain = (name: string): string => name.normalize('NFKD').toLowerCase().replaceAll(/[^\p{L}]/gu, '');

/** Whether at most two letters (one in a short name) were added, lost or changed: Levenshtein. */
const isNear = (a: string, b: string): boolean => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]! <= (Math.min(a.length, b.length) > 5 ? 2 : 1);
};

const compareNames = (said: readonly string[], known: readonly string[]): FieldWord => {
  const [a, b] = [said.map(plain), known.map(plain)];
  if (a.join('') === b.join('')) return 'SAME';
  return isNear(a.join(''), b.join('')) || (a[0] !== undefined && a[0] === b[0]) ? 'SIML' : 'DIFF';
};

const digitsOf = (date: string): string => Array.from(date).sort().join('');

/** Similar: the same digits in another order, or all but one of year, month and day. */
const compareDates = (said: string, known: string): FieldWord => {
  if (said === known) return 'SAME';
  const [a, b] = [said.split('-'), known.split('-')];
  const agreeing = a.filter((part, i) => part === b[i]).length;
  return agreeing === 2 || (agreeing === 1 && digitsOf(said) === digitsOf(known)) ? 'SIML' : 'DIFF';
};

const compare = ({ names, birthDate, birthPlace }: Question, { given, family, birthDate: born, born: place, onRegister }: SandboxPerson): Confirmation => {
  const fields: Confirmation['fields'] = {
    givenNames: compareNames(names.given, onRegister?.given ?? given), familyName: compareNames([names.family], [family]),
    birthDate: compareDates(birthDate, onRegister?.birthDate ?? born), birthPlace: (birthPlace.jurisdiction ?? birthPlace.country) === place ? 'SAME' : 'DIFF',
  };
  const score = Object.entries(WEIGHTS).reduce((sum, [field, weight]) => {
    const word = fields[field as keyof typeof WEIGHTS];
    return sum + (word === 'SAME' ? weight : word === 'SIML' ? weight / 2 : 0);
  }, 0);
  const resolution = score === 100 ? 'FUMA' : score >= ACCEPTABLE && fields.familyName !== 'DIFF' ? 'ACMA' : 'NOMA';
  return { resolution, score: Math.floor(score), fields };
};

/** Who knows people born there: the province or territory, or IRCC (`ca`) for people born abroad. */
const authorityFor = (born: string): string => (born.startsWith('ca-') ? born : 'ca');

/**
 * What the authority of `jurisdiction` says. `unknownPeople` is what it says of people nobody put into the register; the sandbox's own
 * people are always answered truly.
 */
export const confirm = (jurisdiction: string, question: Question, unknownPeople: 'FUMA' | 'NOMA'): Confirmation => {
  const isTheirs = authorityFor(question.birthPlace.jurisdiction ?? question.birthPlace.country ?? '') === jurisdiction;
  if (!isTheirs) return NOBODY;
  const records = PEOPLE.filter((p) => p.unknown !== true && authorityFor(p.born) === jurisdiction);
  const [best] = records.map((p) => compare(question, p)).sort((a, b) => b.score - a.score);
  if (best && best.resolution !== 'NOMA') return best;
  const isOurs = PEOPLE.some((p) => compareNames([question.names.family], [p.family]) === 'SAME' && compareNames(question.names.given, p.given) !== 'DIFF');
  if (unknownPeople === 'FUMA' && !isOurs) return { resolution: 'FUMA', score: 100, fields: { givenNames: 'SAME', familyName: 'SAME', birthDate: 'SAME', birthPlace: 'SAME' } };
  return best && best.fields.familyName !== 'DIFF' && best.fields.givenNames !== 'DIFF' ? best : NOBODY;
};

const readQuestion = (body: unknown): Question => {
  const question = isObject(body) ? body : {};
  const { names, birthDate, birthPlace } = question;
  const isWhole = isObject(names) && Array.isArray(names['given']) && names['given'].every((g) => typeof g === 'string') && typeof names['family'] === 'string'
    && typeof birthDate === 'string' && isObject(birthPlace) && [birthPlace['jurisdiction'], birthPlace['country']].filter((p) => typeof p === 'string').length === 1;
  if (!isWhole) throw new BadRequest(400, 'MALFORMED', 'Needs names, birthDate, and a birthPlace of one jurisdiction or country.');
  return question as unknown as Question;
};

export interface AuthoritiesOptions {
  readonly faults: Faults;
  readonly profile: Profile;
  readonly stopped: AbortSignal;
}

/** The registers of all provinces and territories, and IRCC's. */
export class Authorities {
  unknownPeople: 'FUMA' | 'NOMA' = 'NOMA';

  constructor(private readonly options: AuthoritiesOptions) {}

  /** `path` is `{jurisdiction}/confirmations/{questionId}`. */
  async answer({ method, path, body }: Asked): Promise<Reply> {
    const [jurisdiction = '', confirmations, questionId = ''] = path;
    if (path.length !== 3 || confirmations !== 'confirmations' || !JURISDICTIONS.includes(jurisdiction)) return problem(404, 'NOT_FOUND', 'There is nothing here.');
    if (method !== 'PUT') return problem(405, 'METHOD', 'Only PUT.', { allow: 'PUT' });
    const question = readQuestion(body);
    const { faults, profile, stopped } = this.options;
    const failure = await suffer(faults, 'authority', jurisdiction, stopped);
    if (failure) return failure;
    if (profile === 'lifelike') await sleep(spread(questionId, 150, 350), undefined, { signal: stopped });
    const instead = faults.strike('answer', 'authority', jurisdiction)?.answer;
    return sufferAfter(faults, 'authority', jurisdiction) ?? { status: 200, body: instead ?? confirm(jurisdiction, question, this.unknownPeople) };
  }
}
