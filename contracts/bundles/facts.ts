import type { Circumstance, LifeEvent, ParentId, ProvinceOrTerritory } from '../words.js';

/** Legal status as planning needs it; never on the log. */
export type LegalStatus = 'citizen' | 'permanent-resident' | 'protected-person' | 'temporary-resident' | 'none' | 'unknown';

export interface PlanningPerson {
  readonly personId: ParentId;
  readonly roles: readonly ('gave-birth' | 'parent' | 'child')[];
  readonly legalStatus: LegalStatus;
  readonly hasSin: boolean;
  /** A health number of the jurisdiction of residence was given. */
  readonly hasHealthNumber: boolean;
}

/** A decision someone made about a target: the newest per target and signatory. */
export interface ConsentFact {
  readonly target: string;
  readonly personId: ParentId;
  readonly decision: 'granted' | 'refused' | 'withdrawn';
  /** Instant the consent lapses, if its notice says so. */
  readonly expiresAt?: number;
}

/** What the planner may know of a declaration: no name, no address, no number. */
export interface PlanningFacts {
  readonly caseId: string;
  readonly lifeEvent: LifeEvent;
  readonly outcome: 'live-birth' | 'stillbirth';
  /** ISO date of the event; entitlement is by this date. */
  readonly eventDate: string;
  readonly placeOfEvent: ProvinceOrTerritory;
  readonly residence: ProvinceOrTerritory;
  readonly people: readonly PlanningPerson[];
  readonly notifierPersonId: ParentId;
  readonly circumstances: readonly Circumstance[];
  readonly consents: readonly ConsentFact[];
  readonly indigenousInterest: boolean;
  /** Whether an RESP promoter was named. */
  readonly promoterChosen: boolean;
}
