import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `npm run new` writes: files that were not there, and one line each in files that were. */
export interface Scaffold {
  readonly files: Readonly<Record<string, string>>;
  readonly lines: readonly { readonly file: string; readonly line: string }[];
  readonly next: readonly string[];
}

const camel = (name: string): string => name.replaceAll(/[-.]([a-z0-9])/g, (_, c: string) => c.toUpperCase());
const pascal = (name: string): string => camel(name).replace(/^./, (c) => c.toUpperCase());
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const adapter = (kind: string): Scaffold => {
  const folder = `services/adapters/programmes/${kind}`;
  return {
    files: {
      [`${folder}/adapter.ts`]: `import { defineAdapter } from '../adapter.js';
import { compact } from '../shapes.js';
import { agreements, needs } from './agreement.js';

/** What the programme is, and the law or form its request follows. */
export const ${camel(kind)} = defineAdapter({
  kind: '${kind}',
  needs,
  agreements,
  codes: {
    ISSUED: { state: 'final', status: 'completed', outcome: 'issued' },
  },
  toRequest: (shared) => compact({ birthDate: shared['birth.date'] }),
});
`,
      [`${folder}/agreement.ts`]: `import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = ['birth.date'] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: '${kind}', fields: needs, purpose: '${kind}', from: '2026-01-01',
  authority: {
    'ca-on': 'the Act and section that allow it',
  },
});
`,
      [`${folder}/samples/ontario.json`]: json({
        about: 'A child of a family in Ontario.', context: { programme: `ca-on/${kind}`, kind: 'tell' }, shared: { 'birth.date': '2026-11-09' }, request: { birthDate: '2026-11-09' },
        answers: [{ answer: { status: 200, body: { state: 'final', code: 'ISSUED' } }, outcome: { status: 'completed', outcome: 'issued' } }],
      }),
    },
    lines: [{ file: 'services/adapters/registry.ts', line: `export { ${camel(kind)} } from './programmes/${kind}/adapter.js';` }],
    next: [
      `name a target of kind '${kind}' in a bundle of contracts/bundles (npm run check says what is missing)`,
      `offer it in contracts/jurisdictions, with its standard and its source`,
      `say in contracts/texts what it is called and what to do next`,
    ],
  };
};

const bundle = (lifeEvent: string): Scaffold => ({
  files: {
    [`contracts/bundles/${lifeEvent}.bundle.ts`]: `import type { Bundle } from './bundle.js';

/** What follows when this is told: targets in order, their conditions, consent, fields and deadlines. */
export const ${camel(lifeEvent)}Bundle: Bundle = {
  lifeEvent: '${lifeEvent}',
  version: 1,
  targets: [],
};
`,
  },
  lines: [{ file: 'contracts/bundles/registry.ts', line: `export { ${camel(lifeEvent)}Bundle as ${camel(lifeEvent)} } from './${lifeEvent}.bundle.js';` }],
  next: [`write contracts/notifications/${lifeEvent}.ts, the planning facts drawn from it, its texts and its samples`, 'name the life event in LIFE_EVENTS of contracts/words.ts if it is not there'],
});

const event = (name: string): Scaffold => {
  const constant = `${pascal(name.slice(name.indexOf('.') + 1)).replace(/V(\d+)$/, '')}V${/\.v(\d+)$/.exec(name)![1]!}`;
  return {
    files: {
      [`contracts/events/${name}.ts`]: `import { count, defineEvent, record } from './schema.js';

/** What happened, as a fact, and what it means for a case. */
export const ${constant} = defineEvent('${name}', record({
  count,
}));
`,
      [`contracts/events/samples/${name}.json`]: json({
        specversion: '1.0', id: '01890a5d-ac96-774b-bcce-b302099a8057/1', source: `/${name.slice(0, name.indexOf('.'))}`, type: name, subject: '01890a5d-ac96-774b-bcce-b302099a8057',
        time: '2026-11-09T10:00:00.000Z', caseId: '01890a5d-ac96-774b-bcce-b302099a8057', seq: 1, data: { count: 1 },
      }),
    },
    lines: [{ file: 'contracts/events/registry.ts', line: `export { ${constant} } from './${name}.js';` }],
    next: ['give it the fields it needs (ids, codes, counts, flags and instants only) and freeze its sample', 'react to it: one row in a service’s reactions.ts; then npm run documents'],
  };
};

const KINDS = {
  adapter: { make: adapter, name: /^[a-z][a-z-]{1,40}$/, such: 'library-card' },
  bundle: { make: bundle, name: /^[a-z][a-z-]{1,40}$/, such: 'arrival' },
  event: { make: event, name: /^[a-z][a-z-]*\.[a-z][a-z-]*\.v\d+$/, such: 'intake.case-closed.v1' },
} as const;
export const USAGE = Object.entries(KINDS).map(([kind, { such }]) => `npm run new -- ${kind} ${such}`).join('\n');

/** What to write for `kind` and `name`; a sentence when they cannot be used. */
export const scaffold = (kind: string | undefined, name: string | undefined): Scaffold | string => {
  const known = Object.hasOwn(KINDS, kind ?? '') ? KINDS[kind as keyof typeof KINDS] : undefined;
  if (!known) return `Say what is new:\n${USAGE}`;
  if (name === undefined || !known.name.test(name)) return `A new ${kind!} needs a name such as ${known.such}.`;
  return known.make(name);
};

/** Writes it below `root`. Throws, before anything is written, when a file is there already. */
export const write = (root: string, { files, lines }: Scaffold): readonly string[] => {
  for (const path of Object.keys(files)) if (existsSync(join(root, path))) throw new Error(`${path} is there already`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const { file, line } of lines) {
    const [head, ...rest] = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
    writeFileSync(join(root, file), `${[head, ...[...rest, line].sort()].join('\n')}\n`);
  }
  return [...Object.keys(files), ...lines.map((l) => `${l.file}: ${l.line}`)];
};
