/** The closed lists of this house: what an event on the log may say besides opaque ids, counts and instants. */

export const LIFE_EVENTS = ['birth', 'bereavement', 'arrival'] as const;
export type LifeEvent = (typeof LIFE_EVENTS)[number];

/** ISO 3166-2 in lower case; `ca` is the federal government. */
export const PROVINCES_AND_TERRITORIES = ['ca-ab', 'ca-bc', 'ca-mb', 'ca-nb', 'ca-nl', 'ca-ns', 'ca-nt', 'ca-nu', 'ca-on', 'ca-pe', 'ca-qc', 'ca-sk', 'ca-yt'] as const;
export type ProvinceOrTerritory = (typeof PROVINCES_AND_TERRITORIES)[number];
export const TERRITORIES: readonly ProvinceOrTerritory[] = ['ca-nt', 'ca-nu', 'ca-yt'];
export const JURISDICTIONS = ['ca', ...PROVINCES_AND_TERRITORIES] as const;
export type JurisdictionId = (typeof JURISDICTIONS)[number];
/** What a jurisdiction runs and we tell: `ca/sin`, `ca-on/health-card`. */
export type ProgrammeId = `${JurisdictionId}/${string}`;
/** What it is called within its jurisdiction. */
export const nameOf = (programme: string): string => programme.slice(programme.indexOf('/') + 1);

export const LANGUAGES = ['en-CA', 'fr-CA'] as const;
export type Language = (typeof LANGUAGES)[number];

export const OPEN_CASE_STATUSES = ['submitted', 'identity-pending', 'in-progress'] as const;
export const SETTLED_CASE_STATUSES = ['completed', 'partially-completed', 'not-completed', 'nothing-to-tell', 'identity-not-confirmed', 'cancelled', 'superseded'] as const;
export const CASE_STATUSES = [...OPEN_CASE_STATUSES, ...SETTLED_CASE_STATUSES] as const;
export type CaseStatus = (typeof CASE_STATUSES)[number];

export const OPEN_TARGET_STATUSES = [
  'waiting-identity', 'consent-required', 'waiting-dependency', 'waiting-confirmation', 'queued', 'sent', 'acknowledged',
  'in-progress', 'action-required', 'failed-retryable', 'parked',
] as const;
export const SETTLED_TARGET_STATUSES = [
  'completed', 'already-known', 'handed-over', 'rejected', 'failed-permanent', 'consent-withheld', 'not-selected',
  'not-applicable', 'recalled', 'revoked',
] as const;
export const TARGET_STATUSES = [...OPEN_TARGET_STATUSES, ...SETTLED_TARGET_STATUSES] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];
export const isSettledTarget = (status: TargetStatus): boolean => (SETTLED_TARGET_STATUSES as readonly string[]).includes(status);
export const isSettledCase = (status: CaseStatus): boolean => (SETTLED_CASE_STATUSES as readonly string[]).includes(status);

export const DELIVERY_KINDS = ['tell', 'amend', 'recall', 'stop'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

/** How a programme is told: over HTTP, on its jurisdiction's Kafka topics, in batch files. */
export const TRANSPORTS = ['http', 'topic', 'file'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** Whom an open target waits for. */
export const WAITING_ON = ['identity-authority', 'reviewer', 'notifier', 'other-parent', 'you', 'jurisdiction', 'another-target', 'agency-answer', 'operator', 'us'] as const;
export type WaitingOn = (typeof WAITING_ON)[number];

export const PARTY_ROLES = ['notifier', 'signatory', 'agent'] as const;
export type PartyRole = (typeof PARTY_ROLES)[number];

/** How a declaration points at a person: opaque, because it also stands on the log. */
export const PARENT_IDS = ['parent-1', 'parent-2', 'parent-3', 'parent-4'] as const;
export type ParentId = (typeof PARENT_IDS)[number];

/** PCIM Information Exchange Specification v0.3: how an identity question resolved. */
export const RESOLUTIONS = ['FUMA', 'ACMA', 'NOMA'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
/** PCIM: what the authority says of one field; never the value. */
export const FIELD_MATCHES = ['SAME', 'SIML', 'DIFF', 'NOAV', 'NODI'] as const;
export type FieldMatch = (typeof FIELD_MATCHES)[number];

/** Why a told fact changed or is taken back. */
export const AMENDMENT_REASONS = ['formal-correction', 'quality-assurance', 'typographical', 'late-information'] as const;
export type AmendmentReason = (typeof AMENDMENT_REASONS)[number];
export const CANCELLATION_REASONS = ['told-in-error', 'duplicate', 'registration-cancelled', 'withdrawn-by-notifier', 'alive'] as const;
export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/** Circumstances that change, as data, what is sent and shown. */
export const CIRCUMSTANCES = ['protected-address', 'adoption-placement', 'surrogacy-dispute'] as const;
export type Circumstance = (typeof CIRCUMSTANCES)[number];

export const REVIEW_DECISIONS = ['ask-citizen-to-correct', 'accept', 'refuse'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];
/** What a reviewer saw before accepting. */
export const EVIDENCE_CODES = ['birth-certificate-seen', 'citizenship-certificate-seen', 'immigration-document-seen', 'registry-officer-confirmed', 'hospital-record-confirmed', 'statements-compared'] as const;
export type EvidenceCode = (typeof EVIDENCE_CODES)[number];
