import type { KafkaMessage, Message } from 'kafkajs';
import type { Envelope } from '#contracts/envelope.js';
import type { Place } from '../postgres/postgres-history.js';

/** A record on the topic that is no event of ours. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
  constructor(readonly part: string) {
    super(`the record has no usable ${part}`);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TYPE = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/;
const TRACE = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Key: the case. Headers: which log it is copied from and its place there, type, number in its case, time in epoch ms, trace context.
 * Value: the data, as the log's table holds it.
 */
export const toMessage = (event: Envelope, at: Place & { readonly partition: number }, log: string): Message => ({
  key: event.caseId, partition: at.partition, value: JSON.stringify(event.data),
  headers: { log, place: placeText(at), type: event.type, seq: String(event.seq), time: String(Date.parse(event.time)), ...(event.traceparent !== undefined && { traceparent: event.traceparent }) },
});

const placeText = ({ txid, position }: Place): string => `${txid}/${position}`;
const PLACE = /^(\d{1,20})\/(\d{1,19})$/;
const placeFrom = (text: string | undefined): Place | undefined => {
  const [, txid, position] = PLACE.exec(text ?? '') ?? [];
  return txid === undefined || position === undefined ? undefined : { txid, position };
};

/** Where the record's event stands in the log it was copied from. */
export const placeOf = ({ headers }: KafkaMessage): Place | undefined => placeFrom(headers?.['place']?.toString());

/** What a group keeps with its offset in a partition: how far into which log that is. */
export const bookmark = (log: string, place: Place): string => `${log} ${placeText(place)}`;
export const readBookmark = (text: string | null, log: string): Place | undefined => (text?.startsWith(`${log} `) === true ? placeFrom(text.slice(log.length + 1)) : undefined);

const header = ({ headers = {} }: KafkaMessage, name: string, shape: RegExp): string => {
  const text = headers[name]?.toString();
  if (text === undefined || !shape.test(text)) throw new Undecodable(name);
  return text;
};

/** A broken trace loses the trace, not the event. */
const traceOf = ({ headers }: KafkaMessage): { traceparent?: string } => {
  const traceparent = headers?.['traceparent']?.toString() ?? '';
  return TRACE.test(traceparent) ? { traceparent } : {};
};

const dataOf = ({ value }: KafkaMessage): unknown => {
  if (value === null) throw new Undecodable('value');
  try {
    return JSON.parse(value.toString());
  } catch {
    throw new Undecodable('value');
  }
};

/**
 * Undefined for an event of another log: one this database was restored from, or that stood here before it. Throws Undecodable.
 * Whether the type is known and the data fit it is the reader's concern, not the record's.
 */
export const toEnvelope = (message: KafkaMessage, log: string): Envelope | undefined => {
  if (header(message, 'log', UUID) !== log) return undefined;
  const caseId = message.key?.toString() ?? '';
  if (!UUID.test(caseId)) throw new Undecodable('key');
  const type = header(message, 'type', TYPE);
  const seq = Number(header(message, 'seq', /^[1-9]\d{0,8}$/));
  const time = Number(header(message, 'time', /^-?\d{1,15}$/));
  return {
    specversion: '1.0', id: `${caseId}/${seq}`, source: `/${type.slice(0, type.indexOf('.'))}`, type, subject: caseId,
    time: new Date(time).toISOString(), caseId, seq, data: dataOf(message), ...traceOf(message),
  };
};
