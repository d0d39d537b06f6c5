import type { GrowthFigures } from './growth.js';
import type { HttpFigures } from './http-accept.js';
import type { KillFigures } from './kill.js';
import type { BacklogFigures } from './backlog.js';
import { median, type Measured, type Round } from './rounds.js';

export interface Comparison {
  readonly at: string;
  readonly command: string;
  readonly machine: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly subjects?: readonly Measured[];
  readonly growth?: GrowthFigures;
  readonly http?: HttpFigures;
  readonly kill?: KillFigures;
  readonly backlog?: BacklogFigures;
}

/** Each round's quotient, and the median of those: what was slow for both in one round does not count. */
export const ratio = (one: Measured, other: Measured, pick: (r: Round) => number | undefined): number | undefined =>
  median(one.rounds.map((r, i) => {
    const [a, b] = [pick(r), other.rounds[i] && pick(other.rounds[i])];
    return a === undefined || b === undefined || b === 0 ? undefined : a / b;
  }));

export interface Bar { readonly what: string; readonly bar: string; readonly measured: string; readonly met: boolean }
const bar = (what: string, measured: number | undefined, sign: '≥' | '≤', limit: number, show: (n: number) => string): Bar => ({
  what, bar: `${sign} ${show(limit)}`, measured: measured === undefined ? 'not measured' : show(measured),
  met: measured !== undefined && (sign === '≥' ? measured >= limit : measured <= limit),
});
const times = (n: number): string => `${n.toFixed(n < 10 ? 2 : 1)}×`;
const fixed = (digits: number, unit = '') => (n: number): string => `${n.toFixed(digits)}${unit}`;
const whole = (n: number): string => Math.round(n).toLocaleString('en-CA');

/** What was promised of the product, and whether this run saw it. Only what was measured is judged. */
export const barsOf = ({ subjects = [], growth, http, kill, backlog }: Comparison): readonly Bar[] => {
  const find = (name: string) => subjects.find((s) => s.name === name);
  const [product, dbos, boss] = [find('product'), find('DBOS'), find('pg-boss')];
  return [
    ...(product ? [
      ...(dbos ? [bar('completed/s, beside DBOS', ratio(product, dbos, (r) => r.perSecond), '≥', 20, times)] : []),
      ...(boss ? [bar('completed/s, beside pg-boss', ratio(product, boss, (r) => r.perSecond), '≥', 2.5, times)] : []),
      bar('rows a case', product.median.rows, '≤', 36, fixed(1)),
      bar('WAL a case', product.median.wal / 1000, '≤', 12.5, fixed(1, ' kB')),
      bar('commits a case', product.median.wrote, '≤', 0.1, fixed(3)),
      ...(dbos ? [
        bar('p50 at the common rate, beside DBOS', ratio(product, dbos, (r) => r.p50), '≤', 0.9, times),
        bar('p99 at the common rate, beside DBOS', ratio(product, dbos, (r) => r.p99), '≤', 1, times),
      ] : []),
      bar('p99 at the common rate', product.median.p99, '≤', 30, fixed(1, ' ms')),
    ] : []),
    ...(growth ? [bar(`rate at ${whole(growth.stored)} stored cases, beside the empty store`, growth.ratio, '≥', 0.8, times)] : []),
    ...(http ? [bar('HTTP accept, beside Nest + Express + class-validator + jose', http.ratio, '≥', 1.5, times)] : []),
    ...(kill ? [
      bar('lost after kill -9', kill.lost, '≤', 0, whole), bar('duplicated after kill -9', kill.duplicated, '≤', 0, whole),
      bar('drained after ready', kill.drainedSeconds, '≤', kill.allowedSeconds, fixed(1, ' s')),
    ] : []),
    ...(backlog ? [bar('of the imported births settled', backlog.completed / backlog.births, '≥', 1, times)] : []),
  ];
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [row(head), row(head.map(() => '---')), ...rows.map(row)];
const ms = (p50: number | undefined, p99: number | undefined): string => (p50 === undefined || p99 === undefined ? '–' : `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`);

/** The whole comparison as it is read. */
export const markdown = (c: Comparison): string => {
  const rate = c.settings['rate'] ?? 40;
  const lines: string[] = [`${c.at.slice(0, 16).replace('T', ' ')} UTC · \`${c.command}\` · ${c.machine}`, ''];
  if (c.subjects) {
    const product = c.subjects.find((s) => s.name === 'product');
    const kafka = c.subjects.find((s) => s.name === 'product-kafka');
    lines.push(
      ...table(
        ['', 'completed/s', 'CPU-s per 1,000: node + PostgreSQL', 'rows', 'commits', 'fsyncs', 'WAL', `p50 / p99 at ${rate}/s`, 'p50 / p99 at 30 % of its own', 'product ÷ it'],
        c.subjects.map(({ name, median: m, rounds }) => [
          name, `${whole(m.perSecond)} (${rounds.map((r) => whole(r.perSecond)).join(', ')})`, `${m.nodeCpu.toFixed(2)} + ${m.postgresCpu.toFixed(2)}`, m.rows.toFixed(1), m.wrote.toFixed(3), m.fsyncs.toFixed(3),
          `${(m.wal / 1000).toFixed(1)} kB`, ms(m.p50, m.p99), m.ownRate === undefined ? '–' : `${ms(m.ownP50, m.ownP99)} (${whole(m.ownRate)}/s)`,
          product && name !== 'product' ? times(ratio(product, c.subjects!.find((s) => s.name === name)!, (r) => r.perSecond)!) : '',
        ]),
      ),
      '', `Commits are transactions that wrote; rows are tuples inserted, updated and deleted. Counted again: ${c.subjects.map((s) => `${s.name} ${whole(s.told)} told, ${whole(s.completed)} completed, ${whole(s.outcomes)} outcomes`).join('; ')}.`, '',
      ...(product && kafka ? [`Kafka adds ${(kafka.median.nodeCpu - product.median.nodeCpu).toFixed(2)} CPU-s per 1,000 cases to Node, and takes ${(kafka.median.postgresCpu - product.median.postgresCpu).toFixed(2)} more of PostgreSQL; the broker's own is not counted.`, ''] : []),
    );
  }
  if (c.growth) lines.push(...table(['stored cases', 'completed/s', `p99 at ${rate}/s`, 'WAL'], c.growth.stores.map((s) => [whole(s.stored), whole(s.perSecond), `${s.p99.toFixed(1)} ms`, `${(s.wal / 1000).toFixed(1)} kB`])), '');
  if (c.http) lines.push(...table(['HTTP accept', 'requests/s, nothing worked on meanwhile', 'p99', 'CPU µs a request: node', 'requests/s with the fan-out running'], c.http.servers.map((s) => [s.name, whole(s.perSecond), `${s.p99.toFixed(1)} ms`, whole(s.nodeMicroseconds), whole(s.busyPerSecond)])), '');
  if (c.kill) lines.push(`kill -9 with ${whole(c.kill.pending)} cases pending: ${whole(c.kill.lost)} lost, ${whole(c.kill.duplicated)} duplicated (${whole(c.kill.sentAgain)} of ${whole(c.kill.sends)} requests repeated a key); ready after ${c.kill.readySeconds.toFixed(1)} s, drained ${c.kill.drainedSeconds.toFixed(1)} s later (allowed ${c.kill.allowedSeconds.toFixed(1)} s at ${whole(c.kill.perSecond)}/s).`, '');
  if (c.backlog) lines.push(`Import of ${whole(c.backlog.births)} births: taken at ${whole(c.backlog.takenPerSecond)}/s, all settled at ${whole(c.backlog.settledPerSecond)}/s, peak memory ${whole(c.backlog.peakMemory / 2 ** 20)} MiB; run again: ${whole(c.backlog.addedAgain)} added, at ${whole(c.backlog.againPerSecond)}/s.`, '');
  const bars = barsOf(c);
  lines.push(...table(['bar', 'promised', 'measured', ''], bars.map((b) => [b.what, b.bar, b.measured, b.met ? 'met' : '**missed**'])));
  return lines.join('\n');
};
