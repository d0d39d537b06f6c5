import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { journeysBy, type Wiretap } from './by-message.conformance.js';
import type { TestApp } from './start-app.js';

const filesOf = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []);

/** Keeps a copy of every file while it is there. */
const watchFiles = async (app: TestApp): Promise<Wiretap> => {
  const exchange = join(app.dataDir, 'exchange');
  const copies = join(app.dataDir, 'copies');
  mkdirSync(copies, { recursive: true });
  const copy = (): void => {
    for (const jurisdiction of existsSync(exchange) ? readdirSync(exchange) : []) {
      for (const side of ['out', 'in']) {
        for (const path of filesOf(join(exchange, jurisdiction, side))) {
          const to = join(copies, `${jurisdiction}-${path.split('/').at(-1)!}`);
          try {
            if (!path.endsWith('.part') && !existsSync(to)) copyFileSync(path, to);
          } catch {
            // read and removed meanwhile
          }
        }
      }
    }
  };
  const timer = setInterval(copy, 5);
  return {
    messages: async () => filesOf(copies).flatMap((path) => readFileSync(path, 'utf8').split('\n').filter((line) => line !== '')),
    plant: async (jurisdiction, messages) => {
      const folder = join(exchange, jurisdiction, 'in');
      mkdirSync(folder, { recursive: true });
      const end = JSON.stringify({ specversion: '1.0', type: 'tell-us-once.batch.ended.v1', data: { lines: messages.length } });
      writeFileSync(join(folder, 'planted.new'), `${[...messages, end].join('\n')}\n`);
      renameSync(join(folder, 'planted.new'), join(folder, 'planted.ack'));
    },
    close: async () => clearInterval(timer),
  };
};

describe('births told in batch files', () => {
  journeysBy('file', () => ({}), watchFiles, async (app, deliveryId) => {
    const out = join(app.dataDir, 'exchange', 'ca-qc', 'out');
    const holds = (path: string): boolean => {
      try {
        return readFileSync(path, 'utf8').includes(deliveryId);
      } catch {
        return false; // read and removed meanwhile
      }
    };
    const holding = (): readonly string[] => filesOf(out).filter(holds);
    while (holding().length === 0) await new Promise((wait) => setTimeout(wait, 20));
    for (const path of holding()) rmSync(path);
  });
});
