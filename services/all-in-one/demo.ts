import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { startLocalBroker, type LocalBroker } from '#libs/event-log/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import { PEOPLE } from '#services/sandbox/index.js';
import { startAllInOne, type AllInOne } from './app.js';
import { Refused, type CaseSeen, type Client, type TargetSeen } from './client.js';
import { clientOf, differences, readNotification, readSamples, runSample, settleClock } from './journeys/sample.js';

/** `npm run demo [-- FILE.json | --all] [--kafka]`: one birth from the first word to the last outcome, over the public API, in this terminal. */
const SAMPLES = resolve(dirname(fileURLToPath(import.meta.url)), '../../../samples');
const STOP_AFTER_MS = 60_000; // on a busy machine too
const out = (line = ''): void => void process.stdout.write(`${line}\n`);
const tty = process.stdout.isTTY;
const dim = (text: string): string => (tty ? `\x1b[2m${text}\x1b[0m` : text);
const bold = (text: string): string => (tty ? `\x1b[1m${text}\x1b[0m` : text);
const GOOD = ['completed', 'already-known'];
const mark = ({ status }: TargetSeen): string => (GOOD.includes(status) ? '✓' : ['handed-over', 'not-selected', 'not-applicable', 'consent-withheld'].includes(status) ? '→' : ['rejected', 'failed-permanent'].includes(status) ? '✗' : '…');

const WAITING: Readonly<Record<string, string>> = {
  'identity-authority': 'the authority that confirms identity', reviewer: 'a reviewer', notifier: 'you', you: 'you', 'other-parent': 'the other parent', jurisdiction: 'the programme',
  'another-target': 'another step', 'agency-answer': 'the programme’s answer', operator: 'our staff', us: 'us',
};
const row = (t: TargetSeen, since: number): string =>
  `  ${mark(t)} ${t.name.en.padEnd(42)} ${t.status.padEnd(18)} ${(t.outcome ?? t.reason ?? '').padEnd(28)} ${(t.waitingOn ? `waits for ${WAITING[t.waitingOn] ?? t.waitingOn}` : '').padEnd(46)} ${dim(`${((Date.now() - since) / 1000).toFixed(1)} s`)}`;

/** Shows the fan-out as it happens: a table that redraws itself on a terminal, plain lines elsewhere. */
const watch = async (client: Client, reference: string, since: number): Promise<CaseSeen> => {
  const rows = new Map<string, string>();
  let drawn = 0;
  const stop = AbortSignal.timeout(STOP_AFTER_MS);
  try {
    for await (const change of client.follow(reference, { signal: stop })) {
      for (const t of change.targets) {
        const line = row(t, since);
        rows.set(t.target, line);
        if (!tty) out(line);
      }
      if (tty) {
        process.stdout.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${[...rows.values()].map((l) => `\x1b[2K${l}\n`).join('')}`);
        drawn = rows.size;
      }
      if (change.settled || (change.targets.length > 0 && (await quiet(client, reference)))) break;
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
  return client.show(reference);
};

/** Nothing more will happen by itself: what is open waits for a person, or for days. */
const quiet = async (client: Client, reference: string): Promise<boolean> => {
  const { targets } = await client.show(reference);
  return targets.every((t) => !['queued', 'sent', 'acknowledged', 'waiting-identity'].includes(t.status) || ['notifier', 'you', 'reviewer', 'other-parent'].includes(t.waitingOn ?? ''))
    && targets.some((t) => ['in-progress', 'action-required', 'consent-required', 'parked'].includes(t.status));
};

const summary = async (client: Client, seen: CaseSeen): Promise<void> => {
  out();
  out(bold(`  Case ${seen.reference}: ${seen.status}${seen.settled ? '' : ' (still open)'}`));
  out();
  out(bold('  What happens next'));
  for (const t of seen.targets) out(`  ${mark(t)} ${t.name.en}: ${t.next.en}`);
  out();
  out(bold('  Who received what, and why'));
  for (const r of [...(await client.releases(seen.reference)).releases].reverse()) {
    out(`  ${r.at.slice(11, 19)}  ${r.programme.padEnd(28)} ${r.kind.padEnd(9)} ${r.basis.padEnd(8)} ${r.fields.join(', ') || '(nothing but the notice)'}`);
    out(dim(`            ${r.purpose}, under ${r.agreement}${r.count > 1 ? `, sent ${r.count} times` : ''}`));
  }
};

const one = async (app: AllInOne, path: string, persona: string, expect?: Parameters<typeof differences>[1]): Promise<boolean> => {
  const notification = readNotification(path);
  settleClock(app, notification.birth.date);
  const client = await clientOf(app, persona);
  out(`  Signed in as ${persona} with the sandbox's OpenID provider (authorization code + PKCE).`);
  const since = Date.now();
  const reference = await client.tell(notification);
  out(`  POST /v1/notifications → 202, Location: /v1/cases/${reference}`);
  out();
  const seen = await watch(client, reference, since);
  await summary(client, seen);
  const wrong = expect ? differences(seen, expect) : [];
  for (const difference of wrong) out(`  ✗ ${difference}`);
  return wrong.length === 0;
};

const all = async (app: AllInOne): Promise<boolean> => {
  let good = true;
  for (const sample of readSamples(SAMPLES)) {
    const since = Date.now();
    try {
      const { reference, seen } = await runSample(app, SAMPLES, sample);
      out(`  ✓ ${sample.title.padEnd(72)} ${reference}  ${seen.status.padEnd(20)} ${dim(`${Date.now() - since} ms`)}`);
    } catch (error) {
      good = false;
      out(`  ✗ ${sample.title}\n      ${(error as Error).message.replaceAll('\n', '\n      ')}`);
    }
  }
  return good;
};

/** Who tells a file that is no sample of ours: whoever is named, else the sandbox person its notifier is. */
const personaOf = (notification: ReturnType<typeof readNotification>): string => {
  const { notifier, parents } = notification as unknown as { notifier: string; parents: readonly { id: string; names: { family: string }; birthDate: string }[] };
  const told = parents.find((p) => p.id === notifier);
  return PEOPLE.find((p) => p.family === told?.names.family && p.birthDate === told.birthDate)?.id ?? 'olivia';
};

const args = process.argv.slice(2);
const asPersona = args.includes('--as') ? args[args.indexOf('--as') + 1] : undefined;
const file = args.find((a) => !a.startsWith('--') && a !== asPersona);
const every = args.includes('--all');
const overKafka = args.includes('--kafka');
const began = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'tell-us-once-demo-'));
const config = Object.assign(readConfig(PlatformConfig), { port: 0, sandboxPort: 0, metricsPort: 0, dataDir: folder, clock: 'movable', logLevel: 'silent' } satisfies Partial<PlatformConfig>);
let broker: LocalBroker | undefined;
/** Until the service sees to these signals itself. */
const leave = (): void => {
  process.once('exit', () => rmSync(folder, { recursive: true, force: true })); // after the broker in it
  process.exit(130);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
let app: AllInOne | undefined;
let good = false;
try {
  out();
  if (overKafka) {
    out(bold('  Starting a Kafka broker of its own for this run'));
    broker = await startLocalBroker(join(folder, 'kafka'));
    Object.assign(config, { eventLog: 'kafka', kafkaBrokers: [...broker.brokers] } satisfies Partial<PlatformConfig>);
    out(`  Kafka answers at ${broker.brokers.join(', ')} after ${((Date.now() - began) / 1000).toFixed(1)} s; events go through it.`);
  }
  out(bold('  Tell us once: starting PostgreSQL and every service in this process, and the sandbox beside them'));
  app = await startAllInOne({ config, logger: new SilentLogger(), sandboxProfile: every ? 'fast' : 'lifelike' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
  out(`  Ready at ${app.url} after ${((Date.now() - began) / 1000).toFixed(1)} s.`);
  out();
  if (every) good = await all(app);
  else {
    const path = file === undefined ? join(SAMPLES, 'ontario-two-parents.json') : resolve(file);
    const known = readSamples(SAMPLES).find((s) => resolve(SAMPLES, s.file) === path);
    good = await one(app, path, asPersona ?? known?.persona ?? personaOf(readNotification(path)), known && !known.then ? known.expect : undefined);
  }
  out();
  out(dim(`  Done in ${((Date.now() - began) / 1000).toFixed(1)} s. Nothing is left running; this run's data is removed.`));
} catch (error) {
  out();
  out(error instanceof Refused ? `  Refused: ${error.message}` : `  ${(error as Error).message}`);
} finally {
  await app?.stop();
  broker?.abandon();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);
