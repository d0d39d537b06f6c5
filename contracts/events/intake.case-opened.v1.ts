import { LIFE_EVENTS, PARENT_IDS, PARTY_ROLES } from '../words.js';
import { code, defineEvent, flag, id, list, optional, record } from './schema.js';

/** A notification was accepted: its declaration lies in the vault. `held`: a possible duplicate that a reviewer decides first. */
export const CaseOpenedV1 = defineEvent('intake.case-opened.v1', record({
  lifeEvent: code(LIFE_EVENTS),
  notifier: code(PARENT_IDS),
  parties: list(record({ partyId: id, personId: optional(code(PARENT_IDS)), role: code(PARTY_ROLES) })),
  held: optional(flag),
  /** The sign-in's verified claims are not the declared notifier's: a reviewer looks first. */
  claimsDiffer: optional(flag),
}));
