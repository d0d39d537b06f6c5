import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { luhn } from '#contracts/notifications/formats.js';
import { whyNoBroker } from '#libs/event-log/kafka/local-broker.js';
import { CanaryScanner, ENCODINGS, type Canary } from '#libs/testing/canaries.js';
import { startCollector, type Collector } from '#libs/testing/collector.js';
import { surfacesOf, type Surface } from '#libs/testing/surfaces.js';
import { describeOnKafka, startTestBroker } from '#libs/testing/test-broker.js';
import { quebecBirth } from '../../../bench/workload.js';
import { Refused, type Client } from '../client.js';
import { clientOf } from './sample.js';
import { startTestFleet, type TestFleet } from './start-fleet.js';

/** `npm run test:canaries -- --cases 200` tells more. */
const CASES = Number(process.env['CANARY_CASES'] ?? 40);
const AT_ONCE = 20;
const PATIENCE_MS = 120_000 + CASES * 2000;
const WAITING = ['waiting-identity', 'queued', 'sent', 'acknowledged', 'waiting-dependency'];
const OPERATORS = ['/v1/ops/deliveries', '/v1/ops/deliveries/summary', '/v1/ops/deliveries/backlog', '/v1/ops/identity-reviews', '/v1/ops/duplicates', '/v1/ops/log/parked', '/v1/ops/log/unreadable'];
/** Where something is planted afterwards. */
const PLANTED = [
  'what every process says', 'PostgreSQL’s log', 'log.entry', 'log.unreadable', 'log.parked', 'the values of records', 'the keys and headers of records', 'the broker’s own files', 'the broker’s own log',
  'metrics', 'traces', 'error bodies', 'operators’ answers',
];

/** Where an ordinary birth leaves much, none of it personal. */
const FULL = ['what every process says', 'log.entry', 'consent.declaration', 'consent.release', 'bundling.plan', 'identity.file', 'metrics', 'traces', 'error bodies'];

const digits = (n: number): string => Array.from({ length: n }, () => String(randomInt(10))).join('');
const sin = (): string => {
  const first = `0${digits(7)}`;
  return `${first}${Array.from({ length: 10 }, (_, i) => String(i)).find((d) => luhn(`${first}${d}`))!}`;
};
const letters = (n: number): string => Array.from({ length: n }, () => 'abcdefghijklmnopqrstuvwxyz'[randomInt(26)]!).join('');
const name = (): string => `É${letters(9)}ç`;
const addressLine = (): string => `${digits(4)} rue ${name()}`;
const days = new Set<string>();
/** Each once: two mothers of the same initials, birthday and day of birth would be held for a reviewer as one told twice. */
const day = (): string => {
  for (;;) {
    const drawn = new Date(Date.UTC(1970, 0, 1) + randomInt(12_000) * 86_400_000).toISOString().slice(0, 10);
    if (!days.has(drawn)) {
      days.add(drawn);
      return drawn;
    }
  }
};
const postalCode = (): string => `G${randomInt(10)}R ${randomInt(10)}S${randomInt(10)}`;

/** A birth in which every value a person gives is one of a kind. */
const markedBirth = (): { readonly notification: BirthNotification; readonly canaries: readonly Canary[] } => {
  const plain = quebecBirth();
  const [child, giver, other, family, line, town, mail] = [name(), name(), name(), name(), addressLine(), name(), `${letters(12)}@example.org`];
  const [giverSin, otherSin, health, born, bornToo, phone, code] = [sin(), sin(), `${letters(4).toUpperCase()}${digits(8)}`, day(), day(), `418-${digits(3)}-${digits(4)}`, postalCode()];
  const notification: BirthNotification = {
    ...plain,
    birth: { ...plain.birth, municipality: town },
    child: { names: { given: [child], family }, sex: 'F' },
    parents: [
      { ...plain.parents[0]!, names: { given: [giver], family }, birthDate: born, sin: giverSin, healthNumber: { jurisdiction: 'ca-qc', number: health } },
      { ...plain.parents[1]!, names: { given: [other], family }, birthDate: bornToo, sin: otherSin },
    ],
    residence: { ...plain.residence, line, municipality: town, postalCode: code },
    contact: { language: 'fr-CA', email: mail, telephone: phone },
  };
  const of = (kind: string, ...values: readonly string[]): Canary[] => values.map((value) => ({ kind, value }));
  return {
    notification,
    canaries: [...of('name', child, giver, other, family), ...of('SIN', giverSin, otherSin), ...of('health number', health), ...of('birth date', born, bornToo),
      ...of('address', line, town), ...of('postal code', code), ...of('e-mail', mail), ...of('telephone', phone)],
  };
};

describe('personal data stays in the vault', () => {
  let fleet: TestFleet;
  let collector: Collector;
  let surfaces: readonly Surface[];
  const canaries: Canary[] = [];
  const problems: string[] = [];
  const NOTE = `Appelez Mme ${name()} au ${randomInt(10 ** 6, 10 ** 7)}`;

  const tellOne = async (parent: Client, i: number): Promise<void> => {
    const { notification, canaries: own } = markedBirth();
    canaries.push(...own);
    const refused = async (work: Promise<unknown>): Promise<void> => {
      const error = await work.then(() => undefined, (e: unknown) => e);
      if (!(error instanceof Refused)) throw new Error('it was not refused');
      problems.push(JSON.stringify(error.body));
    };
    const reference = await parent.tell(notification);
    await parent.until(reference, (c) => c.targets.length > 0 && c.targets.every((t) => !WAITING.includes(t.status)), 60_000);
    if (i % 10 === 0) await parent.request('POST', `/v1/cases/${reference}/amendments`, { reason: 'typographical', notification: { ...notification, decisions: [], residence: { ...notification.residence, line: `${notification.residence.line} app. 2` } } });
    if (i % 10 === 1) await parent.request('POST', `/v1/cases/${reference}/cancellation`, { reason: 'told-in-error' });
    // what is wrong with a report must be said without repeating it
    const parents = notification.parents.map((p) => ({ ...p }));
    await refused(parent.tell({ ...notification, notifier: notification.child.names!.family }));
    await refused(parent.tell({ ...notification, residence: { ...notification.residence, postalCode: notification.residence.line } }));
    await refused(parent.tell({ ...notification, parents: [{ ...parents[0], sin: parents[0]!.sin!.replace(/\d$/, (d) => String((Number(d) + 1) % 10)), [parents[0]!.names.family]: 1 }, parents[1]] }));
    await refused(parent.tell({ ...notification, birth: { ...notification.birth, date: notification.contact.email } }));
  };

  beforeAll(async () => {
    collector = await startCollector();
    const broker = process.env['CI'] === 'true' || whyNoBroker() === undefined ? await startTestBroker() : undefined;
    fleet = await startTestFleet({
      environment: { LOG_LEVEL: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...(broker && { EVENT_LOG: 'kafka', KAFKA_BROKERS: broker.brokers.join() }) },
    });
    await fleet.sandbox.setUnknownPeople('FUMA');
    const parent = await clientOf(fleet, 'nadia');
    canaries.push({ kind: 'agency free text', value: NOTE });
    await fleet.sandbox.faults.add({ programme: 'ca/child-benefits', fault: 'answer', times: 10, answer: { state: 'action-required', code: 'INFO_NEEDED', note: NOTE } });
    await fleet.sandbox.faults.add({ programme: 'ca-qc/health-card', fault: 'garbage', times: 5 });
    await fleet.sandbox.faults.add({ programme: 'ca/sin', fault: 'status', status: 500, times: 5 });
    let next = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (next < CASES) await tellOne(parent, next++);
    }));
    for (const { body } of (await fleet.sandbox.ledger()) as readonly { readonly body?: { readonly registrationNumber?: unknown } }[]) {
      if (typeof body?.registrationNumber === 'string') canaries.push({ kind: 'registration number', value: body.registrationNumber });
    }
    const operator = await clientOf(fleet, 'oscar');
    surfaces = await surfacesOf({
      db: fleet.db, postgresDir: join(fleet.dataDir, 'postgres'), said: fleet.said, metricsUrls: fleet.fleet.vessels.filter((v) => v.name !== 'sandbox').map((v) => v.metricsUrl), collector, problems, broker,
      operators: () => Promise.all(OPERATORS.map((path) => operator.request('GET', path))),
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    await fleet.stop();
    await collector.stop();
  }, 60_000);

  it(`shows none of it, of ${CASES} cases, in any log, table, topic, metric, trace, error body or operators’ answer`, async () => {
    expect(new Set(canaries.map((c) => c.kind))).toEqual(new Set(['agency free text', 'name', 'SIN', 'health number', 'birth date', 'address', 'postal code', 'e-mail', 'telephone', 'registration number']));
    const scanner = new CanaryScanner(canaries);
    const hits: string[] = [];
    const sizes = new Map<string, number>();
    for (const surface of surfaces) {
      const text = await surface.read();
      sizes.set(surface.name, text.length);
      for (const { kind, encoding, around } of scanner.scan(text)) hits.push(`${surface.name}: ${kind}, ${encoding}, …${around}…`);
    }
    expect(hits).toEqual([]);
    // there was something to look through
    for (const place of FULL) expect([place, (sizes.get(place) ?? 0) > CASES * 100]).toEqual([place, true]);
  }, PATIENCE_MS);

  describeOnKafka('and a leak would be seen', () => {
    it(`wherever it is planted (${PLANTED.length} places), however it is written (${Object.keys(ENCODINGS).length} ways)`, async () => {
      const planted = PLANTED.flatMap((place) => Object.entries(ENCODINGS).map(([encoding, write]) => ({ place, encoding, write, value: addressLine() })));
      const scanner = new CanaryScanner(planted.map(({ place, value }) => ({ kind: place, value })));
      const found: string[] = [];
      for (const place of PLANTED) {
        const surface = surfaces.find((s) => s.name === place)!;
        const leaks = planted.filter((p) => p.place === place);
        await surface.plant(leaks.map(({ write, value }) => write(value)));
        const values = new Set(scanner.scan(await surface.read()).map((h) => h.value));
        for (const { encoding, value } of leaks) if (values.has(value)) found.push(`${place} ${encoding}`);
      }
      expect(found).toEqual(planted.map(({ place, encoding }) => `${place} ${encoding}`));
    }, PATIENCE_MS);
  });
});
