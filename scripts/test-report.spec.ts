import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectFile } from '#libs/config/index.js';
import { whyToSkip } from '#libs/testing/test-broker.js';
import { failedLines, skippedLines } from './test-report.js';

const result = (fullName: string, status = 'pending') => ({ fullName, status });

describe('what was skipped', () => {
  it('is named once for each thing that is missing, with the way to get it and the files that wait for it', () => {
    const needs = 'members [needs Kafka needs Java 17 or newer, and there is none: install them]';
    const report = { testResults: [
      { name: '/here/a.spec.ts', assertionResults: [result(`${needs} share`), result(`${needs} take over`), result('counts', 'passed')] },
      { name: '/here/b.spec.ts', assertionResults: [result(`${needs} end`), result('by and by', 'todo')] },
    ] };
    expect(skippedLines(report, '/here')).toEqual([
      '! Kafka needs Java 17 or newer, and there is none: install them', '      2 of a.spec.ts', '      1 of b.spec.ts',
      '! no reason is given: by and by', '      1 of b.spec.ts',
    ]);
  });

  it('is nothing where everything ran', () => {
    expect(skippedLines({ testResults: [{ name: '/here/a.spec.ts', assertionResults: [result('counts', 'passed'), result('adds', 'failed')] }] }, '/here')).toEqual([]);
  });
});

describe('what failed', () => {
  it('is named at the end, with the first line of why, also where a whole file could not run', () => {
    const report = { testResults: [
      { name: '/here/a.spec.ts', message: 'all of it', assertionResults: [result('counts', 'passed'), { ...result('adds', 'failed'), failureMessages: ['\u001b[31mError\u001b[39m: it did not happen within 10000 ms\n    at there'] }, result('by and by')] },
      { name: '/here/b.spec.ts', message: '\n  ● Test suite failed to run\n\n    Cannot find module', assertionResults: [] },
      { name: '/here/c.spec.ts', message: '', assertionResults: [] },
    ] };
    expect(failedLines(report, '/here')).toEqual(['✗ a.spec.ts: adds: Error: it did not happen within 10000 ms', '✗ b.spec.ts: Cannot find module']);
  });
});

describe('a machine that cannot run a broker', () => {
  /** `broker check` where only these programs are found, answering that version of Java. */
  const check = (programs: readonly string[], version = '21.0.1') => {
    const folder = mkdtempSync(join(tmpdir(), 'tou-path-'));
    try {
      for (const tool of ['bash', 'sed', 'head', 'dirname']) symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), join(folder, tool));
      for (const program of programs) {
        writeFileSync(join(folder, program), `#!${join(folder, 'bash')}\necho 'openjdk version "${version}"' >&2\n`);
        chmodSync(join(folder, program), 0o755);
      }
      const { status, stderr } = spawnSync(join(folder, 'bash'), [projectFile('scripts/broker/broker'), 'check'], { env: { PATH: folder, KAFKA_LIBS: join(folder, 'none') }, encoding: 'utf8' });
      return [status, stderr.trim()];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it('is told what is missing and how to get it', () => {
    expect(check([])).toEqual([69, expect.stringMatching(/^Kafka needs Java 17 or newer, and there is none: install them \(.*apt-get install.*brew install.*docker compose up/)]);
    expect(check(['java', 'mvn'], '11.0.2')).toEqual([69, expect.stringMatching(/^Kafka needs Java 17 or newer, and this is 11: install them/)]);
    expect(check(['java'])).toEqual([69, expect.stringMatching(/^Kafka's jars come through Maven, and there is none: install them/)]);
    expect(check(['java', 'mvn'])).toEqual([0, '']);
  });

  it('skips what needs one; in CI nothing is skipped, so that it fails', () => {
    const missing = (): string => 'Java';
    expect(whyToSkip({}, missing)).toBe('Java');
    expect(whyToSkip({ CI: 'true' }, missing)).toBeUndefined();
    expect(whyToSkip({}, () => undefined)).toBeUndefined();
  });
});
