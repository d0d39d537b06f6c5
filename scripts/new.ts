import { scaffold, write } from './scaffold.js';

/** `npm run new -- adapter NAME | bundle NAME | event OWNER.NAME.vN`: the files of a new one, and the line that registers it. */
const plan = scaffold(process.argv[2], process.argv[3]);
if (typeof plan === 'string') {
  process.stderr.write(`${plan}\n`);
  process.exitCode = 2;
} else {
  for (const written of write(process.cwd(), plan)) process.stdout.write(`wrote ${written}\n`);
  process.stdout.write(`\nNext:\n${plan.next.map((n) => `  - ${n}`).join('\n')}\n`);
}
