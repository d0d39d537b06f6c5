import { join } from 'node:path';
import { eventually } from './eventually.js';
import { firing, goingOn, scrape, type Scrape } from './promtool.js';

const RULES = join(import.meta.dirname, '../../deploy/alerts.yml');

/** The product as Prometheus sees it. */
export class Watch {
  /** Of one process. */
  constructor(private readonly metricsPort: number) {}

  get url(): string {
    return `http://127.0.0.1:${this.metricsPort}/metrics`;
  }

  /** The alerts that fire when what happens here goes on for an hour. */
  async alertsOf(happens: () => Promise<unknown>): Promise<readonly string[]> {
    const before = await this.read();
    await happens();
    return firing(RULES, goingOn(before, await this.read(), 'job="tell-us-once",instance="one"'));
  }

  /** Looks until a metric's sample is as wanted. */
  async until(series: string, wanted: (value: number) => boolean, ms = 20_000): Promise<void> {
    await eventually(async () => {
      const value = (await this.read()).get(series) ?? 0;
      if (!wanted(value)) throw new Error(`${series} is ${value}`);
      return true;
    }, { within: ms, every: 100 });
  }

  /** `up` is what Prometheus itself says of a process it reads. */
  private async read(): Promise<Scrape> {
    try {
      return new Map([['up', 1], ...(await scrape(this.url)).samples]);
    } catch {
      return new Map([['up', 0]]);
    }
  }
}
