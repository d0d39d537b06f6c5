import { planBirth, type BirthPlan, type Temper } from './births.js';
import { diceOf } from './dice.js';

/** One thing that dies. A service process is named with its replica: `intake.2`. */
export interface Strike {
  readonly what: 'kill' | 'database' | 'broker';
  readonly whom: string;
  /** Milliseconds after the one before. */
  readonly waitMs: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly cases: number;
  readonly kills: number;
  readonly dbCrashes: number;
  readonly brokerRestarts: number;
  /** Between two strikes on average, in milliseconds. */
  readonly gapMs: number;
  /** The processes that may be killed. */
  readonly victims: readonly string[];
  readonly temper?: Temper | undefined;
}

/** Births in the slots between strikes: those of slot n are told in the time before strike n, each so many ms after it begins. */
export interface Schedule {
  readonly slots: readonly { readonly births: readonly { readonly birth: BirthPlan; readonly afterMs: number }[]; readonly strike?: Strike }[];
}

/** Everything a seed decides; what the machine decides (who was in the middle of what) is beyond it. */
export const scheduleOf = ({ seed, cases, kills, dbCrashes, brokerRestarts, gapMs, victims, temper }: ScheduleOptions): Schedule => {
  const dice = diceOf(seed);
  const whats: Strike['what'][] = [...Array<'kill'>(kills).fill('kill'), ...Array<'database'>(dbCrashes).fill('database'), ...Array<'broker'>(brokerRestarts).fill('broker')];
  for (let i = whats.length - 1; i > 0; i--) {
    const j = dice.below(i + 1);
    [whats[i], whats[j]] = [whats[j]!, whats[i]!];
  }
  const strikes = whats.map((what): Strike => ({ what, whom: what === 'kill' ? dice.pick(victims) : what === 'broker' ? dice.pick(['stop', 'crash']) : 'postgres', waitMs: Math.round(gapMs * (0.4 + 1.2 * dice.roll())) }));
  const births = Array.from({ length: cases }, (_, i) => planBirth(i, dice, temper));
  const count = strikes.length + 1;
  return {
    slots: Array.from({ length: count }, (_, n) => {
      const strike = strikes[n];
      const own = births.slice(Math.floor((cases * n) / count), Math.floor((cases * (n + 1)) / count));
      return { births: own.map((birth) => ({ birth, afterMs: dice.below(strike?.waitMs ?? gapMs) })), ...(strike && { strike }) };
    }),
  };
};

export const describeSchedule = ({ slots }: Schedule): string =>
  slots.flatMap(({ strike }) => (strike ? [`${strike.what === 'kill' ? `kill -9 ${strike.whom}` : strike.what === 'database' ? 'database crashes' : strike.whom === 'crash' ? 'broker crashes' : 'broker restarts'} +${strike.waitMs} ms`] : [])).join(' · ');
