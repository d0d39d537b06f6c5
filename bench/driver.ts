/** The same driver for the product and for what it is measured beside: each runs in a process of its own and is asked over its channel. */
export interface Subject {
  /** Takes one case durably; answers its id. */
  accept(): Promise<string>;
  /** Resolves with the instant (performance.now) at which the last outcome of a case was recorded. */
  settled(id: string): Promise<number>;
  /** Counts the store again. */
  count(): Promise<Recount>;
  /** What else this subject can be asked. */
  readonly more?: Readonly<Record<string, (with_: never) => Promise<unknown>>>;
  stop(): Promise<void>;
}

export interface Recount { readonly completed: number; readonly outcomes: number }
export interface Loaded { readonly cases: number; readonly perSecond: number; readonly acceptedPerSecond: number; readonly nodeCpu: number }
export interface Waited { readonly p50: number; readonly p99: number; readonly cases: number }

const PATIENCE_MS = 300_000;
const percentile = (sorted: readonly number[], p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]!;
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** A case that never settles ends the measurement: what is left would be measured without it. */
const inTime = async (settlements: readonly Promise<number>[]): Promise<readonly number[]> => {
  let settled = 0;
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`${settlements.length - settled} of ${settlements.length} cases did not settle in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([Promise.all(settlements.map((s) => s.finally(() => settled++))), tooLate]);
  } finally {
    clearTimeout(late);
  }
};

/** `inFlight` accepts at a time for so many seconds; ends when everything accepted is settled. */
const load = async (subject: Subject, { seconds, inFlight }: { readonly seconds: number; readonly inFlight: number }): Promise<Loaded> => {
  const [began, cpuBefore] = [performance.now(), cpu()];
  const until = began + seconds * 1000;
  const settlements: Promise<number>[] = [];
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() < until) settlements.push(subject.settled(await subject.accept()));
  }));
  const accepted = performance.now();
  const last = (await inTime(settlements)).reduce((a, b) => Math.max(a, b), 0);
  const cases = settlements.length;
  return { cases, perSecond: cases / ((last - began) / 1000), acceptedPerSecond: cases / ((accepted - began) / 1000), nodeCpu: cpu() - cpuBefore };
};

/** An open loop: cases arrive when they are due, whatever became of those before; a wait counts from the instant it was due. */
const latency = async (subject: Subject, { rate, seconds }: { readonly rate: number; readonly seconds: number }): Promise<Waited> => {
  const began = performance.now();
  const waits = await Promise.all(Array.from({ length: Math.max(1, Math.round(rate * seconds)) }, async (_, i) => {
    const due = began + (i * 1000) / rate;
    await new Promise((r) => setTimeout(r, Math.max(0, due - performance.now())));
    return (await subject.settled(await subject.accept())) - due;
  }));
  waits.sort((a, b) => a - b);
  return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99), cases: waits.length };
};

export interface Asked { readonly id: number; readonly ask: string; readonly with: unknown }
export type Answered = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };

/** Serves the parent process until it asks to stop or goes away. */
export const serve = (subject: Subject): void => {
  const skills: Readonly<Record<string, (with_: never) => Promise<unknown>>> = {
    load: (w) => load(subject, w), latency: (w) => latency(subject, w), count: () => subject.count(), stop: () => subject.stop(), ...subject.more,
  };
  process.on('message', ({ id, ask, with: with_ }: Asked) => {
    const answer = (body: object): void => void process.send?.({ id, ...body });
    const skill = skills[ask];
    if (!skill) answer({ error: `nobody here can ${ask}` });
    else {
      skill(with_ as never).then((a) => answer({ answer: a ?? null }), (error: unknown) => answer({ error: String((error as Error).stack ?? error) }))
        .finally(() => ask === 'stop' && process.disconnect());
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ id: 0, answer: 'ready' });
};
