import { PARENT_IDS, PARTY_ROLES } from '../words.js';
import { code, defineEvent, flag, id, record } from './schema.js';

/** A further person joined the case: by invitation, or by reporting the same event. `claimsDiffer`: a reviewer looks first. */
export const PartyJoinedV1 = defineEvent('intake.party-joined.v1', record({
  partyId: id, personId: code(PARENT_IDS), role: code(PARTY_ROLES), claimsDiffer: flag,
}));
