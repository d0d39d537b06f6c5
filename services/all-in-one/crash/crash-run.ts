import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '#contracts/apis/routes.js';
import { bodyOf, type BirthPlan } from './births.js';
import { Citizen } from './citizen.js';
import { TROUBLED, type PublicFault } from './faults.js';
import { judge, type ConsentSaid, type Seen, type Told, type Verdict } from './oracle.js';
import { describeSchedule, scheduleOf, type Strike, type ScheduleOptions } from './schedule.js';
import { World } from './world.js';

export interface CrashOptions extends Omit<ScheduleOptions, 'victims'> {
  readonly log: 'embedded' | 'kafka';
  readonly replicas: Readonly<Partial<Record<ServiceName, number>>>;
  readonly faults?: readonly PublicFault[];
  readonly preload?: string;
  /** How long after the last strike everything may take to settle. */
  readonly settleWithinMs: number;
  readonly say: (line: string) => void;
  /** Ends it before its end: everything is stopped, and the process ends. */
  readonly stopped?: AbortSignal;
}

export interface CrashResult {
  readonly verdict: Verdict;
  readonly schedule: string;
  readonly done: { readonly kills: number; readonly dbCrashes: number; readonly brokerRestarts: number };
  /** Seconds of the strikes, and from the last strike until all was settled. */
  readonly seconds: { readonly strikes: number; readonly settling: number };
  /** Requests citizens repeated. */
  readonly repeated: number;
  /** Events a feed found missing and fetched. */
  readonly gaps: number;
}

const UP_WITHIN_MS = 60_000;

/** Tells births while everything dies, waits until all is settled, and judges. */
export const runCrash = async (options: CrashOptions): Promise<CrashResult> => {
  const { say, seed, log, replicas, faults = TROUBLED, preload } = options;
  const world = await World.start({ log, replicas, seed, faults, ...(preload !== undefined && { preload }) });
  const leave = (): void => {
    void world.stop().then(() => {
      process.exit(1);
    });
  };
  options.stopped?.addEventListener('abort', leave, { once: true });
  try {
    const victims = world.fleet.vessels.filter((v) => v.name !== 'sandbox').map((v) => `${v.name}.${v.replica}`);
    const schedule = scheduleOf({ ...options, victims });
    say(`${world.fleet.vessels.length} processes are ready; ${describeSchedule(schedule)}`);
    const citizen = new Citizen(world.url, world.issuer, 'nadia');
    const parents = new Parents(citizen);
    const striker = new Striker(world);
    const began = Date.now();
    for (const [n, { births, strike }] of schedule.slots.entries()) {
      for (const { birth, afterMs } of births) parents.tell(birth, afterMs);
      await sleep(strike?.waitMs ?? options.gapMs);
      if (strike) await striker.strike(strike);
      if ((n + 1) % 25 === 0) say(`${n + 1} of ${schedule.slots.length - 1} strikes, ${parents.count} births told`);
    }
    await striker.restored();
    const struck = Date.now();
    const told = await parents.all();
    const seen = await settled(citizen, told, options.settleWithinMs);
    const settling = Date.now() - struck;
    const verdict = judge({ told, seen, ledger: await world.ledger(), unclear: citizen.unclear });
    return {
      verdict, schedule: describeSchedule(schedule), done: striker.done, seconds: { strikes: (struck - began) / 1000, settling: settling / 1000 }, repeated: citizen.repeated,
      gaps: world.said.filter((line) => line.includes('"feed.gap"')).length,
    };
  } finally {
    options.stopped?.removeEventListener('abort', leave);
    await world.stop();
  }
};

const AT_ONCE = 8;

/** Asks of each, a few at a time. */
const ofEach = async <T, R>(list: readonly T[], ask: (one: T) => Promise<R>): Promise<readonly R[]> => {
  const answers: R[] = [];
  for (let i = 0; i < list.length; i += AT_ONCE) answers.push(...await Promise.all(list.slice(i, i + AT_ONCE).map(ask)));
  return answers;
};

/** Looks at every case an answer named or the citizen's list shows, until all are settled or for as long as it may take; then at everything of each. */
const settled = async (citizen: Citizen, told: readonly Told[], withinMs: number): Promise<readonly Seen[]> => {
  const end = Date.now() + withinMs;
  const listed = await citizen.get<readonly { readonly reference: string }[]>('/v1/cases'); // the newest only
  const references = [...new Set([...told.flatMap((t) => t.references), ...listed.map((c) => c.reference)])];
  const isOpen = async (reference: string): Promise<boolean> => ((await citizen.ask('GET', `/v1/cases/${reference}`)).body as { readonly settled?: boolean }).settled === false;
  for (let open: readonly string[] = references; open.length > 0 && Date.now() < end;) {
    const answers = await ofEach(open, isOpen);
    open = open.filter((_, i) => answers[i]);
    if (open.length > 0) await sleep(500);
  }
  return (await ofEach(references, (reference) => citizen.see(reference))).filter((file) => file !== undefined);
};

/** Tells births and decides about consents as they were planned, repeating whatever is not answered. */
class Parents {
  private readonly telling: Promise<Told>[] = [];

  constructor(private readonly citizen: Citizen) {}

  get count(): number {
    return this.telling.length;
  }

  tell(birth: BirthPlan, afterMs: number): void {
    const one = sleep(afterMs).then(() => this.take(birth));
    one.catch(() => undefined); // told by all()
    this.telling.push(one);
  }

  all(): Promise<readonly Told[]> {
    return Promise.all(this.telling);
  }

  private async take(birth: BirthPlan): Promise<Told> {
    const { family, told, declines } = birth;
    const body = bodyOf(birth, new Date());
    const keys = told === 'twice' ? [`${family}-1`, `${family}-2`] : [family];
    const answers = await Promise.all(keys.map((key) => {
      const headers = { 'idempotency-key': key };
      return told === 'carelessly' ? this.citizen.once('POST', '/v1/notifications', body, headers) : this.citizen.ask('POST', '/v1/notifications', body, headers);
    }));
    const references = answers.flatMap((a) => (a?.status === 202 ? [(a.body as { reference: string }).reference] : []));
    const refused = references.length === 0 && answers.every((a) => a !== undefined && a.status >= 400 && a.status < 500);
    const consents = references[0] === undefined ? [] : await this.decide(references[0], birth);
    return { family, told, references, refused, consents, ...(declines !== undefined && { declines }) };
  }

  private async decide(reference: string, { withdraws, declines }: BirthPlan): Promise<readonly ConsentSaid[]> {
    if (!withdraws || withdraws.target === declines) return [];
    const { target, afterMs, givesAgainAfterMs } = withdraws;
    await sleep(afterMs);
    const said = [await this.say(reference, target, 'withdrawn')];
    if (givesAgainAfterMs === undefined) return said;
    await sleep(givesAgainAfterMs);
    return [...said, await this.say(reference, target, 'granted')];
  }

  private async say(reference: string, target: string, decision: ConsentSaid['decision']): Promise<ConsentSaid> {
    const { status } = await this.citizen.ask('PUT', `/v1/cases/${reference}/consents/${target}`, { decision, notice: `${target}.v1`, language: 'fr-CA' });
    if (status !== 200) throw new Error(`a consent ${decision} was answered ${status}`);
    return { target, decision, answeredAt: Date.now() };
  }
}

/** Kills, crashes and restarts. */
class Striker {
  readonly done = { kills: 0, dbCrashes: 0, brokerRestarts: 0 };
  private underWay: Promise<unknown> = Promise.resolve();

  constructor(private readonly world: World) {}

  async strike({ what, whom }: Strike): Promise<void> {
    if (what === 'kill') await this.kill(whom);
    else if (what === 'database') {
      this.world.fleet.crashDatabase('immediate');
      this.done.dbCrashes++;
    } else {
      const { broker } = this.world;
      // Services go on dying while the broker is away.
      this.underWay = this.underWay.then(async () => {
        await (whom === 'crash' ? broker?.crash() : broker?.stop());
        await broker?.start();
        this.done.brokerRestarts++;
      });
    }
  }

  /** Resolves when the broker is back. */
  async restored(): Promise<void> {
    await this.underWay;
  }

  /** Only who lives can be killed: one that died a moment ago is waited for. */
  private async kill(whom: string): Promise<void> {
    const [name, replica] = whom.split('.');
    const vessel = this.world.fleet.find(name as ServiceName, Number(replica));
    for (const end = Date.now() + UP_WITHIN_MS; !vessel.isUp && Date.now() < end;) await sleep(20);
    vessel.kill('SIGKILL');
    this.done.kills++;
  }
}
