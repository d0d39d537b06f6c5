// `npm test`: everything this machine can run, then one line of counts read from the runner's own report.
// With CI=true a suite that cannot run is a failure; elsewhere it is named at the end, with the way to get it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const report = join(root, 'reports', 'jest.json');
mkdirSync(join(root, 'reports'), { recursive: true });
rmSync(report, { force: true });

const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
const npm = (...args) => spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1;

const built = npm('run', '--silent', 'build');
const jest = built === 0
  ? node('--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...process.argv.slice(2))
  : built;

let counts = { passed: 0, failed: 1, skipped: 0 };
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  counts = { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests + numTodoTests };
  const { failedLines, skippedLines } = await import('../dist/scripts/test-report.js');
  const failed = failedLines({ testResults }, root);
  if (failed.length > 0) console.log(`\nFAILED\n${failed.map((line) => `  ${line}`).join('\n')}`);
  const skipped = skippedLines({ testResults }, root);
  console.log(skipped.length > 0 ? `\nSKIPPED ON THIS MACHINE: ${counts.skipped} tests\n${skipped.map((line) => `  ${line}`).join('\n')}\n` : '\nNothing was skipped.');
} catch {
  console.error('\nThe tests did not come to a report.');
}
const skipFails = process.env.CI === 'true' && counts.skipped > 0;
if (skipFails) console.error('In CI a skipped test is a failure.');
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(jest !== 0 || counts.failed > 0 || counts.passed === 0 || skipFails ? 1 : 0);
