import type { Clock } from '#libs/kernel/index.js';
import type { Agencies } from '../agencies.js';
import type { CarryLater, Ledger } from '../ledger.js';
import { FileExchange } from './files.js';
import { JurisdictionKeys } from './keys.js';
import { Mailroom } from './mailroom.js';
import { TopicExchange } from './topics.js';

export interface ExchangeOptions {
  readonly dir: string;
  readonly everyMs: number;
  readonly brokers?: readonly string[] | undefined;
  readonly dataDir: string | undefined;
  readonly agencies: Agencies;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** Opens the jurisdictions' side of everything that is not HTTP. */
export const openExchange = async ({ dir, everyMs, brokers, dataDir, agencies, ledger, clock }: ExchangeOptions): Promise<{ stop(): Promise<void> }> => {
  const mailroom = new Mailroom(agencies, await JurisdictionKeys.open(dir, dataDir), clock);
  const files = new FileExchange(dir, everyMs, mailroom, clock);
  const topics = brokers && new TopicExchange(brokers, mailroom);
  const later = (leave: (jurisdiction: string, deliveryId: string, message: string) => Promise<boolean>): CarryLater => async ({ programme, deliveryId }, token, answer) => {
    try {
      return await leave(programme.split('/')[0]!, deliveryId, await mailroom.answer(programme, deliveryId, token, answer));
    } catch {
      return false; // the engine has not published its key yet
    }
  };
  ledger.carriers.set('file', later(async (jurisdiction, _, message) => {
    files.writeLater(jurisdiction, message);
    return true;
  }));
  if (topics) ledger.carriers.set('topic', later((jurisdiction, deliveryId, message) => topics.publish(jurisdiction, deliveryId, message)));
  return {
    stop: async () => {
      await Promise.all([files.stop(), topics?.stop()]);
    },
  };
};
