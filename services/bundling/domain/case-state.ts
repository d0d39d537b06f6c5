import type { TargetView } from '#contracts/events/index.js';
import type { Standard } from '#contracts/jurisdictions/jurisdiction.js';
import type { CaseStatus, JurisdictionId, LifeEvent, ParentId, ProgrammeId, TargetStatus, WaitingOn } from '#contracts/words.js';

/** What bundling knows of a person: how far their identity is confirmed. */
export type IdentityState = 'asked' | 'delayed' | 'review' | 'to-correct' | 'confirmed' | 'refused';

/** Where a tell stands while a correction of it has the floor. */
export type Told = Pick<TargetState, 'status' | 'outcome' | 'reason' | 'waitingOn' | 'waitsFor' | 'expectedBy' | 'chaseAt' | 'limitAt' | 'actionBy' | 'presumed' | 'overdue' | 'attempts'>;

export type TakingBack = 'stop' | 'recall';

/** A delivery of its own revision that follows what was told: an amendment, a recall or a stop. */
export interface Correction {
  readonly kind: 'amend' | TakingBack;
  readonly revision: number;
  /** What an amendment goes back to; answers to the tell that come meanwhile are noted here. */
  readonly tell: Told;
}

/** What of a target is fixed when it is planned. Resolved once; catalogue changes later do not touch it. Cases planned alike share it. */
export interface Planned {
  readonly target: string;
  readonly kind: string;
  readonly programme: ProgrammeId;
  /** Whose business days and time zone its deadlines are counted in. */
  readonly owner: JurisdictionId;
  readonly standard: Standard;
  readonly after: readonly string[];
  readonly root: boolean;
  readonly basis: 'law' | 'consent';
  readonly signatory: ParentId | undefined;
  readonly signWithinDays: number;
  readonly acceptsUnconfirmed: boolean;
}

/**
 * One target of a case, from plan to settlement. Every field stands in every target, in this order, so that all have one form: targets
 * are copied and read more than anything else.
 */
export interface TargetState {
  readonly plan: Planned;
  readonly status: TargetStatus;
  readonly consent: TargetView['consent'];
  readonly outcome: string | undefined;
  readonly reason: string | undefined;
  readonly waitingOn: WaitingOn | undefined;
  readonly waitsFor: readonly string[] | undefined;
  /** When an outcome may be expected; past it the target is overdue. */
  readonly expectedBy: number | undefined;
  readonly chaseAt: number | undefined;
  readonly limitAt: number | undefined;
  readonly actionBy: number | undefined;
  readonly overdue: boolean;
  readonly attempts: number;
  readonly presumed: true | undefined;
  readonly changedAt: number;
  /** The revision of the last delivery, of any kind; 0 before anything was told. */
  readonly revision: number;
  /** The revision of the tell in force; absent before the first, and again when consent is given anew after a stop. */
  readonly told: number | undefined;
  /** The programme received it, or is treated as if: a tell without an answer may have been received all the same. */
  readonly received: boolean;
  /** The tell did what it should (registered, issued …), whatever became of a later amendment: what waits for it may go on. */
  readonly done: true | undefined;
  readonly correction: Correction | undefined;
  /** What must follow as soon as the delivery under way has an answer. */
  readonly pending: TakingBack | undefined;
  /** What was told has changed since and its programme has not heard of it: an amendment follows as soon as it may. */
  readonly stale: true | undefined;
}

export interface CaseState {
  readonly caseId: string;
  readonly lifeEvent: LifeEvent;
  readonly bundleVersion: number;
  /** The instant of acceptance, whose day picks the channel. */
  readonly acceptedAt: number;
  readonly status: CaseStatus;
  readonly settledAt?: number | undefined;
  readonly notifier: ParentId;
  readonly people: Readonly<Partial<Record<ParentId, IdentityState>>>;
  /** A reviewer first decides whether this is an event told before. */
  readonly held: boolean;
  readonly ended?: 'cancelled' | 'superseded' | undefined;
  readonly targets: readonly TargetState[];
  /** The earliest instant at which something here becomes due. */
  readonly nextDue?: number | undefined;
}

/** A target as the people of the case see it: codes and instants. */
export const viewOf = (t: TargetState): TargetView => ({
  target: t.plan.target,
  programme: t.plan.programme,
  status: t.status,
  ...(t.outcome !== undefined && { outcome: t.outcome }),
  ...(t.reason !== undefined && { reason: t.reason }),
  basis: t.plan.basis,
  ...(t.plan.signatory !== undefined && { signatory: t.plan.signatory }),
  consent: t.consent,
  ...(t.waitingOn !== undefined && { waitingOn: t.waitingOn }),
  ...(t.waitsFor !== undefined && { waitsFor: t.waitsFor }),
  ...(t.expectedBy !== undefined && { expectedBy: t.expectedBy }),
  overdue: t.overdue,
  attempts: t.attempts,
  ...(t.presumed && { presumed: true }),
  ...(t.actionBy !== undefined && { actionBy: t.actionBy }),
  changedAt: t.changedAt,
});
