import type { LifeEvent, ParentId, PartyRole } from '../words.js';

/** A party's standing in a case. */
export interface Standing {
  readonly caseId: string;
  readonly reference: string;
  readonly lifeEvent: LifeEvent;
  readonly partyId: string;
  readonly role: PartyRole;
  /** Whom of the declaration the party is, or (an agent) stands beside. */
  readonly personId?: ParentId;
  readonly openedAt: number;
}

/** Intake's door: who may see which case. Existence is private: no standing, no answer. */
export abstract class Cases {
  abstract find(reference: string, subject: string): Promise<Standing | undefined>;
  abstract mine(subject: string): Promise<readonly Standing[]>;
  /** References of the other children of the same birth whom this person also reported: twins are linked, never merged. */
  abstract siblings(caseId: string, subject: string): Promise<readonly string[]>;
  /** The people of a case as the log knows them. */
  abstract parties(caseId: string): Promise<readonly { readonly partyId: string; readonly role: PartyRole; readonly personId?: ParentId }[]>;
  /** The case behind a reference, for operators, who are party to none. */
  abstract byReference(reference: string): Promise<string | undefined>;
  /** The public reference of a case, for operators. */
  abstract references(caseIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
