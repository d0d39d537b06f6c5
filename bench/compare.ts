import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureBacklog } from './backlog.js';
import { measureGrowth } from './growth.js';
import { measureHttp } from './http-accept.js';
import { measureKill } from './kill.js';
import type { Options } from './options.js';
import { barsOf, markdown, type Comparison } from './report.js';
import { measureSideBySide, PEERS } from './side-by-side.js';

/** What can be measured, in this order; `--only peers,kill` takes some of it. */
const PARTS = ['peers', 'growth', 'http', 'kill', 'import'] as const;
type Part = (typeof PARTS)[number];

const partsOf = (only: string | undefined): readonly Part[] => {
  const wanted = only?.split(',') ?? PARTS;
  for (const part of wanted) if (!(PARTS as readonly string[]).includes(part)) throw new Error(`--only takes ${PARTS.join(', ')}`);
  return PARTS.filter((p) => wanted.includes(p));
};

const installPeers = (say: (line: string) => void): void => {
  if (existsSync(join(PEERS, 'node_modules'))) return;
  say('installing the peers (npm ci in bench/peers)');
  const { status } = spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--silent'], { cwd: PEERS, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error('the peers could not be installed: npm ci in bench/peers failed');
};

/**
 * `npm run bench -- --compare [--only peers,growth,http,kill,import] [--short] [--json FILE]`, and `--rounds --seconds --latency-seconds --in-flight --rate
 * --stored --pending --births`. True when every bar that was measured is met.
 */
export const compare = async (options: Options, say: (line: string) => void): Promise<boolean> => {
  const short = options.has('short');
  const parts = partsOf(options.text('only'));
  const settings = {
    rounds: options.number('rounds', 3), seconds: options.number('seconds', short ? 3 : 10), latencySeconds: options.number('latency-seconds', short ? 3 : 10),
    inFlight: options.number('in-flight', 64), rate: options.number('rate', 40), connections: options.number('connections', 32),
    stored: options.number('stored', short ? 20_000 : 300_000), pending: options.number('pending', short ? 2_000 : 10_000), births: options.number('births', short ? 2_000 : 20_000),
  };
  if (parts.includes('peers') || parts.includes('http')) installPeers(say);
  const folder = mkdtempSync(join(tmpdir(), 'tell-us-once-compare-'));
  /** Each part in a folder of its own: what one stores is no other's. */
  const at = (part: string): typeof settings & { readonly folder: string; readonly say: typeof say } => {
    const own = join(folder, part);
    mkdirSync(own);
    return { ...settings, folder: own, say };
  };
  try {
    const comparison: Comparison = {
      at: new Date().toISOString(), command: `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim(),
      machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`, settings,
      ...(parts.includes('peers') && { subjects: await measureSideBySide(at('peers')) }),
      ...(parts.includes('growth') && { growth: await measureGrowth(at('growth')) }),
      ...(parts.includes('http') && { http: await measureHttp(at('http')) }),
      ...(parts.includes('kill') && { kill: await measureKill(at('kill')) }),
      ...(parts.includes('import') && { backlog: await measureBacklog(at('import')) }),
    };
    say('');
    say(markdown(comparison));
    const json = options.text('json');
    if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...comparison, bars: barsOf(comparison) }, null, 2)}\n`);
    return barsOf(comparison).every((b) => b.met);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
