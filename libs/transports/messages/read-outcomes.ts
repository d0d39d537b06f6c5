import type { Inbox, Outcome, Unreadable, UnreadableReason } from '../transport.js';
import type { TransportName } from '#contracts/words.js';
import { readAnswered } from './event.js';
import { NotOpened, type ExchangeKeys } from './exchange-keys.js';

/** A message as it came, and where it lies. */
export interface Arrived {
  readonly text: string;
  readonly place: string;
}

const outcomeOf = async ({ text }: Arrived, keys: ExchangeKeys): Promise<Outcome | UnreadableReason> => {
  const event = readAnswered(text);
  if (!event) return 'undecodable';
  try {
    const body = await keys.unseal(event.data, event.subject);
    const { token, answer } = (typeof body === 'object' && body !== null ? body : {}) as { token?: unknown; answer?: unknown };
    return typeof token === 'string' ? { deliveryId: event.deliveryId, token, answer } : 'not-understood';
  } catch (error) {
    if (error instanceof NotOpened) return 'not-opened';
    throw error;
  }
};

/** Opens what came and has it kept; what can never be is parked, and the rest goes on. Answers how many were parked. Rejects while nothing can be kept. */
export const readOutcomes = async (transport: TransportName, arrived: readonly Arrived[], keys: ExchangeKeys, inbox: Inbox): Promise<number> => {
  const read = await Promise.all(arrived.map((one) => outcomeOf(one, keys)));
  const outcomes = read.filter((one): one is Outcome => typeof one !== 'string');
  const refused = outcomes.length > 0 ? await inbox.hear(outcomes) : [];
  const whyOf = new Map(outcomes.map((one, i) => [one, refused[i]] as const));
  const parked = read.flatMap((one, i): Unreadable[] => {
    const reason = typeof one === 'string' ? one : whyOf.get(one);
    return reason === undefined ? [] : [{ transport, place: arrived[i]!.place, reason }];
  });
  if (parked.length > 0) await inbox.park(parked);
  return parked.length;
};
