// `npm run proof [-- NAME …]`: the long forms of the proofs, all or those named; what each says of itself goes into docs/reliability.md with
// its date and commit. Exits non-zero when one of them fails; its row says so too.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const SEED = String(Math.floor(Math.random() * 1_000_000));

/** One line a proof: its name, what is run, and which lines of what it prints are its figures. */
const PROOFS = [
  { name: 'crash', command: ['npm', 'run', '--silent', 'test:crash', '--', '--seed', SEED], figures: /^(seed .*|done: .*|told .*|nothing lost.*|DAMAGE.*)$/gm },
  ...['idempotency', 'inbox', 'fence', 'locks'].map((name) => ({
    name: `crash without ${name}`, damaged: true, figures: /^(seed .*|told .*|DAMAGE.*|nothing lost.*)$/gm,
    command: ['npm', 'run', '--silent', 'test:crash', '--', '--log', 'embedded', '--cases', '60', '--kills', '0', '--db-crashes', '0', '--gap', '8000', '--settle', '15', '--seed', SEED, '--break', name],
  })),
  { name: 'canaries', command: ['npm', 'run', '--silent', 'test:canaries'], figures: /^\s*(?:✓|✕) .*$|^Tests: .*$/gm },
  { name: 'races', command: ['npm', 'run', '--silent', 'test:races', '--', '--races', '10000'], figures: /^\s*\d+ races over Kafka: .*$/gm },
  { name: 'isolation', command: ['npm', 'run', '--silent', 'test:isolation', '--', '--seconds', '60'], figures: /^\s*isolation.*: .*$/gm },
];

const [begin, end] = ['<!-- proofs:begin -->', '<!-- proofs:end -->'];
const path = join(root, 'docs/reliability.md');
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout.trim();

const run = ([program, ...args]) => new Promise((resolve) => {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
      process.stdout.write(chunk);
    });
  }
  child.once('exit', (status) => resolve({ status: status ?? 1, said }));
});

/** The rows that stand, by name. */
const rowsOf = (text) => new Map(text.slice(text.indexOf(begin), text.indexOf(end)).split('\n').filter((l) => l.startsWith('| ') && !l.startsWith('| proof')).map((l) => [l.split(' | ')[0].slice(2), l]));

const wanted = process.argv.slice(2);
const stranger = wanted.find((name) => !PROOFS.some((p) => p.name === name));
if (stranger !== undefined) {
  console.error(`${stranger} is no proof; there are ${PROOFS.map((p) => p.name).join(', ')}`);
  process.exit(2);
}
let failed = 0;
for (const { name, command, figures, damaged = false } of PROOFS.filter((p) => wanted.length === 0 || wanted.includes(p.name))) {
  console.log(`\n== ${name}`);
  const { status, said } = await run(command);
  // A safety switched off has to be seen to do damage: exit code 1 and no other.
  const holds = damaged ? status === 1 && said.includes('DAMAGE') : status === 0;
  if (!holds) failed++;
  const before = readFileSync(path, 'utf8');
  const said1 = (said.match(figures) ?? ['no figures']).map((line) => line.trim()).join('<br>').replaceAll('|', '\\|');
  const rows = rowsOf(before).set(name, `| ${name} | ${new Date().toISOString().slice(0, 10)} | ${commit} | ${holds ? (damaged ? 'damage found' : 'holds') : '**does not hold**'} | ${said1} |`);
  const table = ['| proof | date | commit | | figures |', '|---|---|---|---|---|', ...[...rows].filter(([n]) => n !== '---' && !n.startsWith('|--')).map(([, row]) => row)].join('\n');
  writeFileSync(path, `${before.slice(0, before.indexOf(begin) + begin.length)}\n${table}\n${before.slice(before.indexOf(end))}`);
}
console.log(failed === 0 ? '\nEvery proof holds.' : `\n${failed} do not hold.`);
process.exit(failed === 0 ? 0 : 1);
