import { join } from 'node:path';
import { IsIn } from 'class-validator';
import { FromEnv, readConfig, type PlatformConfig } from '#libs/config/index.js';
import { startLocalBroker } from '#libs/event-log/index.js';
import type { Database } from '#libs/persistence/index.js';
import type { Fault, LedgerLine } from '#services/sandbox/index.js';
import type { Stage as Scene } from './sample.js';

/** How long a stage may take to stand, in milliseconds: a fleet on a broker takes a minute and a half beside another one on two cores. */
export const STANDS_WITHIN_MS = 180_000;

type MaybeLater<T> = T | Promise<T>;

/** Where the journeys take place, with the sandbox's controls: in one process, or in many. */
export interface Stage extends Scene {
  /** With the owner's role. */
  readonly db: Database;
  readonly sandbox: Scene['sandbox'] & {
    readonly url: string;
    readonly faults: { add(fault: Fault): MaybeLater<unknown>; clear(): MaybeLater<unknown> };
    setUnknownPeople(resolution: 'FUMA' | 'NOMA'): MaybeLater<unknown>;
    ledger(): MaybeLater<readonly Pick<LedgerLine, 'programme' | 'deliveryId' | 'effects' | 'sends' | 'kind' | 'traceparent'>[]>;
  };
  stop(): Promise<void>;
}

/** Where the journeys take place: in one process or in many, on the embedded log or over Kafka. */
const PLACES = {
  embedded: { many: false, kafka: false },
  kafka: { many: false, kafka: true },
  split: { many: true, kafka: false },
  'split-kafka': { many: true, kafka: true },
} as const;
export type PlaceName = keyof typeof PLACES;

class JourneysConfig {
  @FromEnv('JOURNEYS', 'Where the journeys of a test run take place.')
  @IsIn(Object.keys(PLACES))
  journeys: PlaceName = 'embedded';
}

let name: PlaceName | undefined;

/** Where JOURNEYS says, unless the test file says otherwise. */
export const place = (): (typeof PLACES)[PlaceName] => PLACES[name ?? readConfig(JourneysConfig).journeys];

/** Says where the journeys of this test file take place, before they are imported. */
export const takePlaceIn = (chosen: PlaceName): void => {
  name = chosen;
};

/** What carries the events of one journey. */
export interface JourneyLog {
  readonly config: Partial<PlatformConfig>;
  /** Ends it for good, with what it kept. */
  end(): void;
}

/** The embedded log, or a broker of the journey's own in `dataDir`, which is gone with this process at the latest. */
export const openLog = async (dataDir: string, { kafka }: { readonly kafka: boolean } = place()): Promise<JourneyLog> => {
  if (!kafka) return { config: {}, end: () => undefined };
  const broker = await startLocalBroker(join(dataDir, 'kafka'));
  return { config: { eventLog: 'kafka', kafkaBrokers: [...broker.brokers] }, end: broker.abandon };
};
