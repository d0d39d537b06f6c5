import { afterAll, describe } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalBroker, whyNoBroker, type LocalBroker } from '#libs/event-log/kafka/local-broker.js';

const started: LocalBroker[] = [];
afterAll(() => {
  for (const broker of started.splice(0)) broker.abandon();
});
/** A real Kafka broker of the test's own in a temporary folder; gone after the file. */
export const startTestBroker = async (): Promise<LocalBroker> => {
  const broker = await startLocalBroker(mkdtempSync(join(tmpdir(), 'tou-broker-')));
  started.push(broker);
  return broker;
};

/** Why the suites that need a broker are skipped; never in CI, where they fail instead. */
export const whyToSkip = (env: Readonly<Record<string, string | undefined>>, whyNot: () => string | undefined): string | undefined => (env['CI'] === 'true' ? undefined : whyNot());
const missing = whyToSkip(process.env, whyNoBroker);

/** Runs where there can be a broker. Elsewhere it is skipped, and `npm test` says how to get one; in CI it fails. */
export const describeOnKafka = (title: string, body: () => void): void => {
  if (missing === undefined) describe(title, body);
  else describe.skip(`${title} [needs ${missing}]`, body);
};
