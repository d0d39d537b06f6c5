import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { projectFile } from '#libs/config/index.js';
import { readCompose, type ComposeService } from './truth/compose.js';

const root = dirname(projectFile('package.json'));
const run = (words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(words[0]!, [...words.slice(1)], { cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: process.env['HOME'] } });
const composer = [['docker-compose'], ['docker', 'compose']].find((words) => run([...words, 'version']).status === 0);
const needed = 'docker-compose: install it (Debian, Ubuntu: apt-get install docker-compose; no engine is needed to parse)';
const whenThere = composer !== undefined || process.env['CI'] === 'true' ? it : it.skip;

whenThere(`docker-compose.yml is understood by docker-compose as the test of its truth understands it${composer === undefined ? ` [needs ${needed}]` : ''}`, () => {
  if (composer === undefined) throw new Error(`needs ${needed}`);
  const { status, stdout, stderr } = run([...composer, '--file', 'docker-compose.yml', 'config']);
  if (status !== 0) throw new Error(stderr);
  const theirs = (load(stdout) as { services: Record<string, ComposeService> }).services;
  const ours = readCompose(readFileSync(projectFile('docker-compose.yml'), 'utf8')).services;
  const said = (services: Record<string, ComposeService>) => Object.fromEntries(Object.entries(services).map(([name, s]) => [name, {
    image: s.image, user: s.user, readOnly: s.read_only, command: s.command, environment: s.environment ?? {}, restart: s.restart, capabilities: s.cap_drop, security: s.security_opt,
    health: s.healthcheck?.test, waits: Object.fromEntries(Object.entries(s.depends_on ?? {}).map(([on, { condition }]) => [on, condition])),
  }]));
  expect(said(theirs)).toEqual(said(ours));
});

whenThere('docker-compose refuses a file that is no compose file', () => {
  const { status } = spawnSync(composer![0]!, [...composer!.slice(1), '--file', '-', 'config'], { input: 'services: {intake: {imaginary: true, image: x}}', encoding: 'utf8' });
  expect(status).not.toBe(0);
});
