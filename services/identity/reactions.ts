import { CaseAmendedV1, CaseCancelledV1, CaseOpenedV1, DuplicateResolvedV1, PartyJoinedV1, type EventType } from '#contracts/events/index.js';
import type { Occurred } from '#libs/event-log/index.js';
import type { Happening } from './domain/identity-file.js';

interface Row { readonly on: EventType; readonly happening: (event: Occurred<never>) => Happening }
const when = <D>(on: EventType<string, D>, happening: (event: Occurred<D>) => Happening): Row => ({ on: on as unknown as EventType, happening });

/** Which events concern identity, and what each says. An agent's report names the parent beside them as its notifier. */
export const reactions: readonly Row[] = [
  when(CaseOpenedV1, ({ data }) => ({ kind: 'opened', notifier: data.notifier, held: data.held === true, claimsDiffer: data.claimsDiffer === true })),
  when(PartyJoinedV1, ({ data }) => ({ kind: 'joined', personId: data.personId, claimsDiffer: data.claimsDiffer })),
  when(CaseAmendedV1, ({ data }) => ({ kind: 'amended', version: data.version })),
  when(DuplicateResolvedV1, ({ data }) => ({ kind: 'duplicate', decision: data.decision })),
  when(CaseCancelledV1, () => ({ kind: 'cancelled' })),
];

const byType = new Map(reactions.map((row) => [row.on, row.happening]));
export const happeningOf = (type: EventType, event: Occurred<unknown>): Happening => byType.get(type)!(event as Occurred<never>);
