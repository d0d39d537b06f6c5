// `npm run test:races [-- --races 10000]`: withdrawals raced against releases over Kafka; ends with one line of figures.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values: { races } } = parseArgs({ options: { races: { type: 'string', default: '10000' } } });
const { status } = spawnSync('npm', ['run', '--silent', 'jest', '--', '--selectProjects', 'e2e', '--testPathPatterns', 'journeys/races'], {
  env: { ...process.env, RACES: races }, stdio: 'inherit', shell: process.platform === 'win32',
});
process.exit(status ?? 1);
