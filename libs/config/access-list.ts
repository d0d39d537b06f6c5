import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { SERVICES, type ServiceName } from '#contracts/apis/routes.js';
import { projectFile } from './project-file.js';

export const PRIVILEGES = ['select', 'insert', 'update', 'delete'] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** What one service may do, and nothing else. */
export interface ServiceAccess {
  /** Its database role may do this with these tables, `schema.table`; absent for a service without a role. */
  readonly tables?: Readonly<Record<string, readonly Privilege[]>>;
  /** Groups of the log whose rows in log.checkpoint and log.parked it may write. */
  readonly groups?: readonly string[];
  /** Kafka topics it may write and read: names of deploy/topics.yml, `*` standing for one jurisdiction. The operator of a broker makes its rights of these. */
  readonly topics?: { readonly write?: readonly string[]; readonly read?: readonly string[] };
  /** Door → questions it may ask there. */
  readonly asks?: Readonly<Record<string, readonly string[]>>;
}
export type AccessList = Readonly<Partial<Record<ServiceName, ServiceAccess>>>;

const NAME = /^[a-z][a-z_]{0,62}$/;
const TABLE = /^[a-z][a-z_]*\.[a-z][a-z_]*$/;
const TOPIC = /^[a-z0-9*][a-z0-9*.-]*$/;
const GROUP = /^[a-z][a-z-]{0,62}$/;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const areTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((v) => typeof v === 'string');

/** Reads deploy/access.yml's text. Throws with every fault at once: a list of grants that is half understood grants something else. */
export const readAccessList = (text: string): AccessList => {
  const faults: string[] = [];
  const written = load(text);
  const services = isRecord(written) ? written['services'] : undefined;
  if (!isRecord(services)) throw new Error('the access list has no services');
  for (const [name, access] of Object.entries(services)) {
    if (!(SERVICES as readonly string[]).includes(name) || !NAME.test(name)) faults.push(`${name} is no service`);
    if (!isRecord(access)) {
      faults.push(`${name} says nothing`);
      continue;
    }
    for (const key of Object.keys(access)) if (!['tables', 'groups', 'topics', 'asks'].includes(key)) faults.push(`${name}: ${key} is not understood`);
    for (const [table, privileges] of Object.entries(isRecord(access['tables']) ? access['tables'] : {})) {
      if (!TABLE.test(table)) faults.push(`${name}: ${table} is no table`);
      if (!areTexts(privileges) || !privileges.every((p) => (PRIVILEGES as readonly string[]).includes(p))) faults.push(`${name}: ${table} needs a list of ${PRIVILEGES.join(', ')}`);
    }
    const groups = access['groups'] ?? [];
    if (!areTexts(groups) || !groups.every((g) => GROUP.test(g))) faults.push(`${name}: groups must be names`);
    for (const [may, topics] of Object.entries(isRecord(access['topics']) ? access['topics'] : {})) {
      if ((may !== 'write' && may !== 'read') || !areTexts(topics) || !topics.every((t) => TOPIC.test(t))) faults.push(`${name}: topics needs lists of names under write and read`);
    }
    for (const [door, questions] of Object.entries(isRecord(access['asks']) ? access['asks'] : {})) if (!areTexts(questions)) faults.push(`${name}: ${door} needs a list of questions`);
  }
  if (faults.length > 0) throw new Error(`The access list cannot be used:\n${faults.map((f) => `  - ${f}`).join('\n')}`);
  return services;
};

export const accessList = (): AccessList => readAccessList(readFileSync(projectFile('deploy/access.yml'), 'utf8'));
