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
  /** The people of a case as the log knows them. */
  abstract parties(caseId: string): Promise<readonly { readonly partyId: string; readonly role: PartyRole; readonly personId?: ParentId }[]>;
  /** The public reference of a case, for operators. */
  abstract references(caseIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
