import { describe } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';

/** One reading of a process's /metrics: `name{label="value"}` → value. */
export type Scrape = ReadonlyMap<string, number>;

export interface Exposed {
  readonly samples: Scrape;
  /** Every metric's name, with its type; of the process itself (process_, nodejs_) none. */
  readonly types: ReadonlyMap<string, string>;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const readExposition = (text: string): Exposed => {
  const [samples, types] = [new Map<string, number>(), new Map<string, string>()];
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && !/^(process|nodejs)_/.test(name)) types.set(name, type!);
    const [, series, value] = /^([a-zA-Z_]\w*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (series !== undefined && !/^(process|nodejs)_/.test(series)) samples.set(series, Number(value));
  }
  return { samples, types };
};

export const scrape = async (url: string): Promise<Exposed> => readExposition(await (await fetch(url)).text());

const isCounted = (series: string): boolean => /_(total|bucket|count|sum)(\{|$)/.test(series);

/** What went on between two readings, as if it went on like that for an hour: counters keep their pace, gauges their last value. */
export const goingOn = (before: Scrape, after: Scrape, labels: string): readonly { readonly series: string; readonly values: string }[] =>
  [...after].map(([series, value]) => {
    const was = before.get(series) ?? 0;
    const named = series.endsWith('}') ? series.replace(/\}$/, `,${labels}}`) : `${series}{${labels}}`;
    return { series: named, values: isCounted(series) ? `${was}+${value - was}x60` : `${value}+0x60` };
  });

/** The alerts of a file of rules that fire after an hour of these series, with the labels that say of what, sorted. */
export const firing = (rules: string, series: ReturnType<typeof goingOn>): readonly string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'tou-promtool-'));
  try {
    const test = join(folder, 'test.yml');
    // promtool only compares: told to expect nothing, it says what it got.
    writeFileSync(test, dump({
      rule_files: [rules], evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: series, promql_expr_test: [{ expr: 'group by (alertname, programme, group, authority, route) (ALERTS{alertstate="firing"})', eval_time: '60m', exp_samples: [] }] }],
    }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', test], { encoding: 'utf8' });
    if (status === 0) return [];
    const said = `${stdout}${stderr}`;
    const got = /got:(.*)/.exec(said)?.[1];
    if (got === undefined || !/exp:\s*nil/.test(said)) throw new Error(`promtool did not understand the test:\n${said}`);
    return [...got.matchAll(/\{([^}]*)\} 1E\+00/g)].map(([, labels]) => [...labels!.matchAll(/\w+="([^"]*)"/g)].map(([, value]) => value).join(' ')).sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const missing = process.env['CI'] !== 'true' && spawnSync('promtool', ['--version']).error !== undefined;

/** Runs where there is promtool (Debian's package `prometheus`). Elsewhere it is skipped; in CI it fails. */
export const describeWithPromtool = (title: string, body: () => void): void => {
  if (missing) describe.skip(`${title} [needs promtool, of Debian’s package prometheus]`, body);
  else describe(title, body);
};
