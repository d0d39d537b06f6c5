import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOrCreateKey } from '#libs/config/key-file.js';
import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { isAttended, unreadEntries } from '#libs/event-log/index.js';
import { Logger, Metrics, PinoLogger, Probes } from '#libs/runtime/index.js';
import { ConsentModule } from '#services/consent/index.js';
import { Backlog, IntakeModule } from '#services/intake/index.js';
import { startAllInOne } from './app.js';
import { importBacklog, rejectsOf, type Progress } from './backlog-file.js';
import { openDatabase, openPlatform, PlatformModule, type Platform } from './platform.js';

/**
 * `npm run import -- FILE.ndjson [--registry NAME] [--unknown-people FUMA]`: a registry's backlog of births, a line each:
 * `{ "registryEvent": "<its own number>", "notification": { … } }`. Where the product runs on this database already, this process only
 * takes the lines; else it is the product until all are worked on.
 */
const USAGE = 'npm run import -- FILE.ndjson [--registry NAME] [--list N] [--unknown-people FUMA]';
const REJECTED = 3;
const STOPPED = 130;
const PLAIN_EVERY_MS = 2000;
const out = (line: string): void => void process.stdout.write(`${line}\n`);
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
const grouped = (n: number): string => n.toLocaleString('en-CA');

interface Door { readonly platform: Platform; readonly backlog: Backlog; readonly where: string; stop(): Promise<void> }

/** Beside a running product: intake's accept and the vault, nothing that reads the log or listens. */
const openDoor = async (config: PlatformConfig, logger: Logger): Promise<Door> => {
  const platform = await openPlatform({ config, logger });
  const keys = (name: string) => join(config.dataDir, 'keys', name);
  @Global()
  @Module({ providers: [{ provide: Logger, useValue: logger }, Probes, Metrics], exports: [Logger, Probes, Metrics] })
  class Runtime {}
  @Module({
    imports: [
      Runtime,
      PlatformModule.of({ ...platform, close: () => platform.db.close() }), // the database is the running product's
      ConsentModule.forRoot({ kekFile: config.kekFile ?? keys('kek.json'), receiptKeyFile: keys('receipts.json') }),
      IntakeModule.forBacklog({ key: readOrCreateKey(keys('intake.key')) }),
    ],
  })
  class DoorModule {}
  const app = await NestFactory.createApplicationContext(DoorModule, { logger: false, abortOnError: false });
  return { platform, backlog: app.get(Backlog), where: 'beside the product that is running', stop: () => app.close() };
};

const openEverything = async (config: PlatformConfig, logger: Logger, unknownPeople: 'FUMA' | 'NOMA'): Promise<Door> => {
  const app = await startAllInOne({ config, logger });
  app.sandbox.setUnknownPeople(unknownPeople);
  return { platform: app.platform, backlog: app.service.app.get(Backlog, { strict: false }), where: 'with every service in this process', stop: () => app.stop() };
};

/** A bar that redraws itself on a terminal, a plain line now and then elsewhere. */
const reporter = (began: number): { show(p: Progress, last?: boolean): void } => {
  let shown = -PLAIN_EVERY_MS;
  return {
    show: (p, last = false) => {
      const now = performance.now();
      if (!last && now - shown < (process.stdout.isTTY ? 100 : PLAIN_EVERY_MS)) return;
      shown = now;
      const done = p.ofBytes === 0 ? 1 : p.bytes / p.ofBytes;
      const rate = p.lines / ((now - began) / 1000);
      const words = `${`${Math.floor(done * 100)}`.padStart(3)} %  ${grouped(p.lines)} lines · ${grouped(p.accepted)} accepted · ${grouped(p.known)} known · ${grouped(p.rejected)} rejected · ${grouped(Math.round(rate))}/s · ${mebibytes(process.memoryUsage().rss)}${p.holding ? ` · waits for ${grouped(p.unread)} entries of the log to be read` : ''}`;
      if (!process.stdout.isTTY) out(words);
      else {
        const filled = Math.round(done * 24);
        process.stdout.write(`\r\x1b[2K${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${words}${last ? '\n' : ''}`);
      }
    },
  };
};

const args = process.argv.slice(2);
const option = (name: string): string | undefined => (args.includes(`--${name}`) ? args.splice(args.indexOf(`--${name}`), 2)[1] : undefined);
const [registry = 'registry', list, unknownPeople = 'NOMA'] = [option('registry'), option('list'), option('unknown-people')];
const [file] = args;
const wrong = file === undefined || args.length > 1 ? USAGE
  : !existsSync(file) ? `There is no file ${file}.\n${USAGE}`
  : !/^[a-z0-9-]{1,40}$/.test(registry) ? 'A registry is called by small letters, digits and hyphens.'
  : list !== undefined && !/^[1-9]\d{0,3}$/.test(list) ? '--list is a number of lines from 1 to 9999.'
  : unknownPeople !== 'FUMA' && unknownPeople !== 'NOMA' ? '--unknown-people is FUMA or NOMA: what the sandbox’s registers say of people they do not know.'
  : undefined;

const run = async (path: string): Promise<number> => {
  const config = readConfig(PlatformConfig);
  const logger = new PinoLogger({ service: 'import', level: config.logLevel === 'silent' ? 'silent' : 'error' });
  const { db } = await openDatabase(config); // its server stays for what is opened next
  const attended = await isAttended(db);
  await db.close();
  const door = attended ? await openDoor(config, logger) : await openEverything(config, logger, unknownPeople as 'FUMA' | 'NOMA');
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal); // the list under way is finished first
    process.once(signal, () => stopping.abort());
  }
  try {
    out(`Importing ${path} as registry ${registry}, ${door.where}.`);
    const began = performance.now();
    const bar = reporter(began);
    const unread = () => unreadEntries(door.platform.db);
    const done = await importBacklog({
      file: path, registry, signal: stopping.signal, unread, take: (name, lines) => door.backlog.take(name, lines), onProgress: (p) => bar.show(p),
      ...(list !== undefined && { list: Number(list) }),
    });
    bar.show(done, true);
    const taken = (performance.now() - began) / 1000;
    let left = await unread();
    while (left > 0 && !stopping.signal.aborted) {
      await sleep(100);
      left = await unread();
    }
    const read = (performance.now() - began) / 1000;
    const speed = (seconds: number): string => `${grouped(Math.round(done.lines / seconds))}/s`;
    if (done.rejected > 0) out(`Rejected lines and why: ${rejectsOf(path)}`);
    out(`${grouped(done.accepted)} accepted, ${grouped(done.known)} known before, ${grouped(done.rejected)} rejected. Taken in ${taken.toFixed(1)} s (${speed(taken)}), read by every service after ${read.toFixed(1)} s (${speed(read)}); peak memory ${mebibytes(process.resourceUsage().maxRSS * 1024)}.`);
    if (!stopping.signal.aborted) return done.rejected > 0 ? REJECTED : 0;
    out('Stopped on request. Run it again to go on: what was taken is known by its number.');
    return STOPPED;
  } catch (error) {
    logger.error('import.stopped', { error });
    process.stderr.write('\nStopped: the system, not a line, is at fault. Run it again to go on: what was taken is known by its number.\n');
    return 1;
  } finally {
    await door.stop();
  }
};

if (wrong !== undefined) {
  process.stderr.write(`${wrong}\n`);
  process.exitCode = 2;
} else process.exit(await run(resolve(file!)));
