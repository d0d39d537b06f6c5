import type { KafkaMessage, Message } from 'kafkajs';
import type { Envelope } from '#contracts/envelope.js';
import type { FeedRow } from '../postgres/outbox-reader.js';
import { toEnvelopes, type Place } from '../postgres/postgres-history.js';

/** A record on the topic that is no event of ours. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
  constructor(readonly part: string) {
    super(`the record has no usable ${part}`);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TYPES = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+(,[a-z][a-z0-9-]*(\.[a-z0-9-]+)+)*$/;
const TRACE = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * A record is an entry of the log. Key: the case. Headers: which log it is copied from and its place there, type, number in its case, time in epoch ms, trace
 * context. Value: the data, as the log's table holds it. Of several events: their types with commas between, the first one's number, and a list of data.
 */
export const toMessage = (entry: FeedRow, log: string): Message => ({
  key: entry.case_id, partition: entry.partition, value: entry.data as string,
  headers: { log, place: placeText(entry), type: entry.types, seq: String(entry.seq), time: entry.at, ...(entry.traceparent !== null && { traceparent: entry.traceparent }) },
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
const traceOf = ({ headers }: KafkaMessage): string | null => {
  const traceparent = headers?.['traceparent']?.toString() ?? '';
  return TRACE.test(traceparent) ? traceparent : null;
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
 * Its events; none of another log: one this database was restored from, or that stood here before it. Throws Undecodable.
 * Whether a type is known and the data fit it is the reader's concern, not the record's.
 */
export const eventsOf = (message: KafkaMessage, log: string): readonly Envelope[] => {
  if (header(message, 'log', UUID) !== log) return [];
  const caseId = message.key?.toString() ?? '';
  if (!UUID.test(caseId)) throw new Undecodable('key');
  const types = header(message, 'type', TYPES);
  const seq = Number(header(message, 'seq', /^[1-9]\d{0,8}$/));
  const at = header(message, 'time', /^-?\d{1,15}$/);
  const [events, data] = [types.split(',').length, dataOf(message)];
  if (events > 1 && !(Array.isArray(data) && data.length === events)) throw new Undecodable('value');
  return toEnvelopes({ case_id: caseId, seq, events, types, at, data, traceparent: traceOf(message) });
};
