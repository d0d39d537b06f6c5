import type { ProgrammeId } from '#contracts/words.js';

/** Of contracts/asyncapi.yaml: a delivery, a question what became of one, an answer to either, the last line of a file. */
export const REQUESTED = 'tell-us-once.delivery.requested.v1';
export const ASKED = 'tell-us-once.delivery.asked.v1';
export const ANSWERED = 'tell-us-once.delivery.answered.v1';
export const BATCH_ENDED = 'tell-us-once.batch.ended.v1';
const SOURCE = '/tell-us-once';

/** A CloudEvents 1.0 event in its structured JSON form whose `data` is a JWE. Outside the seal stand ids and the programme's name, nothing a person told us. */
export interface SealedEvent {
  readonly specversion: '1.0';
  /** Of a delivery its own id: what comes twice is known by it. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** `{programme}/deliveries/{delivery id}`, as in the address of contracts/agency.openapi.yaml; also within the seal. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/jose';
  readonly traceparent?: string;
  readonly data: string;
}

export const subjectOf = (programme: string, deliveryId: string): string => `${programme}/deliveries/${deliveryId}`;
export const jurisdictionOf = (programme: ProgrammeId): string => programme.slice(0, programme.indexOf('/'));

export const sealedEvent = (event: Pick<SealedEvent, 'id' | 'type' | 'subject' | 'data'> & { readonly at: number; readonly traceparent?: string | undefined }): SealedEvent => {
  const { id, type, subject, data, at, traceparent } = event;
  return { specversion: '1.0', id, source: SOURCE, type, subject, time: new Date(at).toISOString(), datacontenttype: 'application/jose', ...(traceparent !== undefined && { traceparent }), data };
};

const SUBJECT = /^(ca(?:-[a-z]{2})?\/[a-z-]{1,60})\/deliveries\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** What stands outside an answer's seal; undefined when it is no answer of the contract. */
export const readAnswered = (text: string): { readonly subject: string; readonly deliveryId: string; readonly data: string } | undefined => {
  const event = parse(text);
  const subject = SUBJECT.exec(String(event?.['subject']));
  if (event?.['specversion'] !== '1.0' || event['type'] !== ANSWERED || !subject || typeof event['data'] !== 'string') return undefined;
  return { subject: subject[0], deliveryId: subject[2]!, data: event['data'] };
};

/** Undefined for what has none, such as a file's last line. */
export const readSubject = (text: string): string | undefined => {
  const subject = parse(text)?.['subject'];
  return typeof subject === 'string' ? subject : undefined;
};

/** The lines a file says it has; undefined when this is not its end. */
export const readBatchEnded = (text: string): number | undefined => {
  const event = parse(text);
  const lines = event?.['type'] === BATCH_ENDED ? (event['data'] as { lines?: unknown } | undefined)?.lines : undefined;
  return typeof lines === 'number' ? lines : undefined;
};

/** Its time is the batch's, so that a file written again is the same to the last byte. */
export const batchEnded = (batch: string, lines: number) => ({
  specversion: '1.0', id: batch, source: SOURCE, type: BATCH_ENDED, time: new Date(parseInt(batch.replaceAll('-', '').slice(0, 12), 16)).toISOString(), datacontenttype: 'application/json', data: { lines },
});

const parse = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
};
