import type { AdapterCard } from '#contracts/apis/catalogue.js';
import type { AgreementRecord } from '#contracts/apis/vault.js';
import type { FieldName, Shared } from '#contracts/notifications/fields.js';
import type { DeliveryKind, ProgrammeId } from '#contracts/words.js';
import type { AgencyAnswer } from '#libs/transports/index.js';
import type { Outcome } from '../domain/outcome.js';
import { readAnswer, type Codes, CORRECTION_CODES } from './read-answer.js';

/** What a request is made for, besides the fields released for it. */
export interface RequestContext {
  readonly programme: ProgrammeId;
  readonly kind: DeliveryKind;
}

/** What a programme's own body looks like. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** How one kind of programme is told, and how its answers are read. Pure throughout. */
export interface Adapter {
  readonly kind: string;
  /** Equal to what the bundle's target shares, or the boot fails. */
  readonly needs: readonly FieldName[];
  readonly codes: Codes;
  readonly agreements: readonly AgreementRecord[];
  /** The body of a tell or an amendment, from the fields released for it; reads no other field than `needs`. */
  toRequest(shared: Shared, context: RequestContext): RequestBody;
  /** Reads any answer whatever; never throws. */
  toOutcome(answer: AgencyAnswer): Outcome;
}

/** An adapter is its needs, its request and a table of what the programme's codes mean. */
export const defineAdapter = (adapter: Omit<Adapter, 'toOutcome'>): Adapter => ({ ...adapter, toOutcome: (answer) => readAnswer(answer, adapter.codes) });

export const cardOf = ({ kind, needs, codes, agreements }: Adapter): AdapterCard => ({
  kind, needs, agreements, outcomes: [...new Set(Object.values({ ...codes, ...CORRECTION_CODES }).flatMap((c) => c.outcome ?? []))],
});
