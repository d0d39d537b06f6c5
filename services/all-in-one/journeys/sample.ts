import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signIn } from '#services/sandbox/index.js';
import { MovableClock, type Clock } from '#libs/kernel/index.js';
import { Client, type CaseSeen } from '../client.js';

export type Expected = Readonly<Record<string, { readonly status: string; readonly outcome?: string; readonly reason?: string }>>;

/** What happens after the report; `expect` names the targets that look different afterwards. */
export type Step = { readonly expect?: Expected } & (
  | { readonly invite: string; readonly accepts: string }
  | { readonly decide: string; readonly as: string; readonly decision: string }
  | { readonly passDays: number }
  | { readonly hospitalNotice: string }
);

/** One line of samples/index.json. `expect` names every target of the plan. */
export interface Sample {
  readonly file: string;
  readonly title: string;
  readonly persona: string;
  readonly expect: Expected;
  readonly then?: readonly Step[];
  /** References of how many other cases this one is linked with. */
  readonly linked?: number;
}

const DAY = 86_400_000;
const OLDEST = 330 * DAY;

export const readSamples = (folder: string): readonly Sample[] => JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Sample[];
export const readNotification = (path: string): { readonly birth: { readonly date: string } } & Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as { birth: { date: string } } & Record<string, unknown>;

/** How what is seen differs from what is expected, in words; empty when it does not. */
export const differences = (seen: CaseSeen, expected: Expected): readonly string[] => [
  ...seen.targets.filter((t) => !Object.hasOwn(expected, t.target)).map((t) => `${t.target} is in the plan and not expected`),
  ...Object.entries(expected).flatMap(([target, { status, outcome, reason }]) => {
    const t = seen.targets.find((x) => x.target === target);
    if (!t) return [`${target} is expected and not in the plan`];
    const is = `${t.status} ${t.outcome ?? '–'} ${t.reason ?? '–'}`;
    const fits = t.status === status && (t.outcome ?? undefined) === outcome && (reason === undefined || t.reason === reason);
    return fits ? [] : [`${target} is ${is}, expected ${status} ${outcome ?? '–'} ${reason ?? ''}`.trimEnd()];
  }),
];

/** Where a journey takes place: in one process, or in many behind the gateway. */
export interface Stage {
  readonly url: string;
  readonly sandbox: { readonly issuer: string; sendNotices(facility: string): unknown };
  readonly platform: { readonly clock: Clock };
  /** Resolves when every process has the time that was set. */
  readonly caughtUp?: () => Promise<void>;
}

/** A person signed in at the sandbox's provider, as a browser would. */
export const clientOf = async (app: Stage, persona: string): Promise<Client> =>
  new Client(app.url, await signIn({ issuer: app.sandbox.issuer, audience: 'tell-us-once', persona }));

/** A sample's birth date stands still while the calendar moves on: past eleven months the movable clock goes back to the week of the birth. */
export const settleClock = (app: Stage, birthDate: string): void => {
  const { clock } = app.platform;
  if (clock instanceof MovableClock && clock.now() - Date.parse(birthDate) > OLDEST) clock.setOffset(Date.parse(birthDate) + 6 * DAY - Date.now());
};

export interface Ran { readonly reference: string; readonly seen: CaseSeen }

/** Sends a sample through the public API, takes its later steps, and waits after each for what is expected. Throws with the differences. */
export const runSample = async (app: Stage, folder: string, sample: Sample, withinMs = 10_000): Promise<Ran> => {
  const notification = readNotification(join(folder, sample.file));
  settleClock(app, notification.birth.date);
  await app.caughtUp?.();
  const client = await clientOf(app, sample.persona);
  const reference = await client.tell(notification);
  let expected = sample.expect;
  let seen = await reach(client, reference, expected, withinMs);
  for (const step of sample.then ?? []) {
    if ('invite' in step) {
      const { code } = await client.invite(reference, step.invite);
      await (await clientOf(app, step.accepts)).accept(code);
    } else if ('decide' in step) await (await clientOf(app, step.as)).decide(reference, step.decide, step.decision);
    else if ('passDays' in step) (app.platform.clock as MovableClock).advance(step.passDays * DAY);
    else await app.sandbox.sendNotices(step.hospitalNotice);
    await app.caughtUp?.();
    expected = { ...expected, ...step.expect };
    seen = await reach(client, reference, expected, withinMs);
  }
  return { reference, seen };
};

const reach = async (client: Client, reference: string, expected: Expected, withinMs: number): Promise<CaseSeen> => {
  let last: CaseSeen | undefined;
  try {
    return await client.until(reference, (seen) => {
      last = seen;
      return differences(seen, expected).length === 0;
    }, withinMs);
  } catch (error) {
    throw new Error(last ? differences(last, expected).join('\n') : 'the case was never seen', { cause: error });
  }
};
