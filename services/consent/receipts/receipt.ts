import type { Target } from '#contracts/bundles/index.js';
import { toIso, uuidv5 } from '#libs/kernel/index.js';
import type { Act, RecordedDecision } from '../domain/case-file.js';

const STATES = { granted: 'consent given', refused: 'consent refused', withdrawn: 'consent withdrawn' } as const;

/** The id of one recorded decision, the same whenever it is asked for. */
export const recordId = (caseId: string, { seq }: Act, { target }: RecordedDecision): string => uuidv5(caseId, `consent/${seq}/${target}`);

/** A consent receipt with the fields of ISO/IEC TS 27560:2023; people and recipients stand in it as codes. */
export const receiptOf = (caseId: string, act: Act, decision: RecordedDecision, target: Pick<Target, 'purpose' | 'shares' | 'kind'>) => ({
  schema_version: 'ISO/IEC TS 27560:2023',
  record_id: recordId(caseId, act, decision),
  pii_principal_id: `${caseId}/${act.by.personId}`,
  pii_processing: [{
    privacy_notice: `/v1/notices/${decision.notice}`,
    language: decision.language,
    purposes: [{
      purpose: target.purpose,
      lawful_basis: 'consent',
      pii_information: target.shares.map((field) => ({ pii_type: field })),
      recipient_third_parties: [target.kind],
      withdrawal_method: `PUT /v1/cases/{reference}/consents/${decision.target}`,
      jurisdiction: 'CA',
    }],
  }],
  events: [{
    event_time: toIso(act.at),
    event_type: 'explicit',
    event_state: STATES[decision.decision],
    entity_id: act.by.partyId,
    capacity: act.by.capacity,
    ...(decision.expiresAt !== undefined && { validity_until: toIso(decision.expiresAt) }),
  }],
});
export type Receipt = ReturnType<typeof receiptOf>;
