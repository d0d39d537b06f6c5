import { Injectable, Optional } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Clock } from '#libs/kernel/index.js';
import { Database } from '#libs/persistence/index.js';
import { Metrics } from '#libs/runtime/index.js';

export interface OpenLine {
  readonly programme: string;
  readonly status: string;
  readonly count: number;
  readonly overdue: number;
  /** Since when the oldest has its present state. */
  readonly oldest: number;
}

/** What is open after its first answer, per programme and status: for operators, and for their graphs. */
@Injectable()
export class OpenTargets {
  constructor(private readonly db: Database, clock: Clock, @Optional() metrics?: Metrics) {
    if (metrics) this.watch(metrics, clock);
  }

  async summary(): Promise<readonly OpenLine[]> {
    const rows = await this.db.rows<{ programme: string; status: string; count: string; overdue: string; oldest: string }>(
      'select programme, status, count(*) count, count(*) filter (where overdue) overdue, min(since) oldest from bundling.open_target group by 1, 2 order by 1, 2');
    return rows.map((r) => ({ programme: r.programme, status: r.status, count: Number(r.count), overdue: Number(r.overdue), oldest: Number(r.oldest) }));
  }

  private watch({ registry }: Metrics, clock: Clock): void {
    const gauge = (name: string, help: string, labelNames: readonly ('programme' | 'status')[], show: (line: OpenLine) => number): void => {
      const lines = (): Promise<readonly OpenLine[]> => this.summary().catch(() => []);
      new Gauge({
        name, help, labelNames, registers: [registry],
        async collect() {
          const now = await lines();
          this.reset();
          for (const line of now) this.inc(Object.fromEntries(labelNames.map((label) => [label, line[label]])), show(line));
        },
      });
    };
    gauge('targets_open', 'Targets open after their first answer or failure, or late; `parked` is one of the states.', ['programme', 'status'], (l) => l.count);
    gauge('targets_overdue', 'Targets past the service standard of their programme.', ['programme'], (l) => l.overdue);
    gauge('target_oldest_age_seconds', 'How long the target that changed least recently has been in its state.', ['programme', 'status'], (l) => Math.max(0, clock.now() - l.oldest) / 1000);
  }
}
