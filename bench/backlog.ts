import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from './engine.js';
import { RunningSubject } from './subject.js';
import { quebecBirth } from './workload.js';

export interface BacklogFigures {
  readonly births: number;
  readonly takenPerSecond: number;
  readonly settledPerSecond: number;
  readonly completed: number;
  /** Bytes, of the process that took and worked on them. */
  readonly peakMemory: number;
  readonly addedAgain: number;
  readonly againPerSecond: number;
}
export interface Backlogged { readonly folder: string; readonly births: number; readonly say: (line: string) => void }
export interface ImportAnswer { readonly accepted: number; readonly known: number; readonly seconds: number }

const HERE = import.meta.dirname;

export const writeBirths = async (file: string, births: number): Promise<void> => {
  const out = createWriteStream(file);
  const run = Date.now().toString(36);
  for (let i = 1; i <= births; i++) {
    if (!out.write(`${JSON.stringify({ registryEvent: `2026-02-${run}-${i}`, notification: quebecBirth() })}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
};

/** A registry's backlog through the import's own code, with agencies that answer at once; then the same file a second time. */
export const measureBacklog = async ({ folder, births, say }: Backlogged): Promise<BacklogFigures> => {
  const own = join(folder, 'backlog');
  const engine = await Engine.start(own);
  let subject: RunningSubject | undefined;
  try {
    const file = join(own, 'births.ndjson');
    await writeBirths(file, births);
    subject = await RunningSubject.start('product', join(HERE, 'product.js'), [engine.url, own]);
    const began = performance.now();
    const first = await subject.ask<ImportAnswer>('import', { file });
    let { completed } = await subject.count();
    for (let still = 0; completed < births && still < 60; still++) {
      await sleep(500);
      const { completed: now } = await subject.count();
      if (now > completed) still = 0;
      completed = now;
    }
    const settledSeconds = (performance.now() - began) / 1000;
    const peakMemory = await subject.ask<number>('memory');
    say(`imported ${first.accepted} of ${births} in ${first.seconds.toFixed(1)} s, ${completed} settled after ${settledSeconds.toFixed(1)} s`);
    const again = await subject.ask<ImportAnswer>('import', { file });
    return {
      births, takenPerSecond: births / first.seconds, settledPerSecond: births / settledSeconds, completed, peakMemory, addedAgain: again.accepted, againPerSecond: births / again.seconds,
    };
  } finally {
    await subject?.stop().catch((error: unknown) => say(String(error)));
    await engine.stop();
  }
};
