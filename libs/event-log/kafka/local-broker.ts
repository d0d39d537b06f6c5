import { execFile, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { projectFile } from '#libs/config/project-file.js';
import { asAdmin, openKafka } from './client.js';

const run = promisify(execFile);
const COORDINATES_WITHIN_MS = 60_000;

/** The project's own way to a broker. */
const scriptPath = (): string => projectFile('scripts/broker/broker');

/** A real broker on this machine, in a folder of its own, on a port that it keeps. */
export interface LocalBroker {
  readonly brokers: readonly string[];
  /** Where its own files are. */
  readonly dir: string;
  stop(): Promise<void>;
  /** kill -9. */
  crash(): Promise<void>;
  /** Starts it again on what its folder holds. */
  start(): Promise<void>;
  /** Stops it and removes its data: the next start has an empty broker on the same port. */
  wipe(): Promise<void>;
  /** Ends it at once and for good, without waiting: for the last moment of a process. */
  abandon(): void;
}

/** Java or Maven is missing; the message says how to get them. */
export class NoBroker extends Error {
  override readonly name = 'NoBroker';
}

/** Why there can be no broker here, and how to get one; undefined where there can. */
export const whyNoBroker = (): string | undefined => {
  const { status, stderr } = spawnSync(scriptPath(), ['check'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim();
};

/** The script at work, so that it does not outlive us. */
interface Script { child?: ChildProcess }

const broker = async (command: string, dir: string, options: readonly string[], script: Script): Promise<string> => {
  const working = run(scriptPath(), [command, '--dir', dir, ...options]);
  script.child = working.child;
  try {
    return (await working).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: number; stderr?: string };
    const said = (stderr ?? '').trim().split('\n').at(-1) ?? '';
    throw code === 69 ? new NoBroker(said) : new Error(`the broker in ${dir}: ${said}`, { cause: error });
  }
};

/** Starts `scripts/broker/broker` in `dir` on a free port, and resolves when members can join their groups; it ends with this process at the latest. */
export const startLocalBroker = async (dir: string): Promise<LocalBroker> => {
  const script: Script = {};
  const abandon = (): void => {
    process.off('exit', abandon);
    script.child?.kill('SIGKILL');
    const pid = existsSync(join(dir, 'pid')) ? Number(readFileSync(join(dir, 'pid'), 'utf8')) : undefined;
    if (pid !== undefined) endAtOnce(pid);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  process.on('exit', abandon);
  const does = (command: string, ...options: readonly string[]) => async (): Promise<void> => {
    await broker(command, dir, options, script);
  };
  const started = /KAFKA_BROKERS=(\S+)/.exec(await broker('start', dir, ['--port', '0'], script))![1]!;
  await coordinates(started);
  return { brokers: [started], dir, stop: does('stop'), crash: does('stop', '--now'), start: does('start'), wipe: does('wipe', '--now'), abandon };
};

/** A broker takes connections before it takes members: it makes the topic of their places when it is first asked for a coordinator, which takes longer on a busy machine than the library asks. */
const coordinates = async (at: string): Promise<void> => {
  const kafka = openKafka({ brokers: [at] });
  const until = Date.now() + COORDINATES_WITHIN_MS;
  for (;;) {
    try {
      await asAdmin(kafka, (admin) => admin.describeGroups(['nobody']));
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(200);
    }
  }
};

const endAtOnce = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it had ended already
  }
};
