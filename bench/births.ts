import { writeBirths } from './backlog.js';

/** `npm run births -- N FILE.ndjson`: a registry's backlog of N made-up births of Québec, as `npm run import` takes it. */
const [n, file] = [Number(process.argv[2]), process.argv[3]];
if (!Number.isInteger(n) || n < 1 || file === undefined) {
  process.stderr.write('npm run births -- N FILE.ndjson\n');
  process.exitCode = 2;
} else {
  await writeBirths(file, n);
  process.stdout.write(`${n} births in ${file}\n`);
}
