import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventType } from '#contracts/events/index.js';
import { eventTypes, versions } from '#contracts/events/index.js';
import { describeConfig, PlatformConfig } from '#libs/config/index.js';
import type { Occurred, Reaction } from '#libs/event-log/index.js';

/** What one service does when something happens, for docs/flow.md. */
export interface Flow {
  readonly service: string;
  readonly reactions?: readonly Reaction[];
  /** Events after which it works outside the database: asks or tells somebody. */
  readonly outward?: { readonly on: readonly EventType[]; readonly does: string };
}

/** The README's table of every variable, from the class that reads them. */
export const configTable = (): string => [
  '| variable | default | meaning |', '|---|---|---|',
  ...describeConfig(PlatformConfig).map((v) => `| \`${v.name}\` | ${v.default === '' ? '–' : `\`${v.default}\``} | ${v.meaning} |`),
].join('\n');

const BEGIN = '<!-- config:begin -->';
const END = '<!-- config:end -->';
export const withConfigTable = (readme: string): string =>
  `${readme.slice(0, readme.indexOf(BEGIN) + BEGIN.length)}\n${configTable()}\n${readme.slice(readme.indexOf(END))}`;

/** The commands a reaction answers a frozen sample of its event with. */
const commandsOf = (reaction: Reaction, samples: string): string => {
  const data: unknown = (JSON.parse(readFileSync(join(samples, `${reaction.on.type}.json`), 'utf8')) as { data?: unknown }).data;
  const event = { caseId: '00000000-0000-7000-8000-000000000000', seq: 1, at: 0, data } as Occurred<never>;
  return reaction.then(event).map((c) => c.constructor.name).join(', ') || '–';
};

/** docs/flow.md: which service states which fact, and who does what then. */
export const flowPage = (flows: readonly Flow[], samples: string): string => {
  const lines = [...eventTypes].sort((a, b) => (a.type < b.type ? -1 : 1)).map(({ type }) => {
    const owner = type.slice(0, type.indexOf('.'));
    const successor = versions.successorOf(type);
    if (successor) return `| \`${type}\` | ${owner}, formerly | read as \`${successor.type}\` |`;
    const then = flows.flatMap(({ service, reactions = [], outward }) => [
      ...reactions.filter((r) => r.on.type === type).map((r) => `**${service}** ${commandsOf(r, samples)}`),
      ...(outward?.on.some((t) => t.type === type) ? [`**${service}** ${outward.does}`] : []),
    ]);
    return `| \`${type}\` | ${owner} | ${then.join('<br>') || 'the timeline shows it'} |`;
  });
  const edges = [...new Set(flows.flatMap(({ service, reactions = [], outward }) =>
    [...reactions.map((r) => r.on), ...(outward?.on ?? [])].map(({ type }) => `  ${type.slice(0, type.indexOf('.'))} -->|${type.slice(type.indexOf('.') + 1).replace(/\.v\d+$/, '')}| ${service}`)))];
  return [
    '# The flow', '', 'Generated from each service’s reactions by `npm run documents`; a test fails when it differs from the code.', '',
    '```mermaid', 'flowchart LR', ...edges, '```', '',
    '| when this is stated | by | then |', '|---|---|---|', ...lines, '',
  ].join('\n');
};
