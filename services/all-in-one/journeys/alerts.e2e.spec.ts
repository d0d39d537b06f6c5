import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { projectFile } from '#libs/config/index.js';
import { uuidv7, type MovableClock } from '#libs/kernel/index.js';
import { describeWithPromtool } from '#libs/testing/promtool.js';
import { Watch } from '#libs/testing/watch.js';
import { quebecBirth } from '../../../bench/workload.js';
import type { Client } from '../client.js';
import { clientOf } from './sample.js';
import { startTestApp, type TestApp } from './start-app.js';

jest.setTimeout(60_000);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Seen over Kafka in operations.e2e.spec.ts. */
const OVER_KAFKA = ['RelayLagging', 'RelayRewound', 'RecordsUnreadable'];
const seen = new Set<string>();

describeWithPromtool('an alert fires on what the product itself shows', () => {
  let app: TestApp;
  let watch: Watch;
  let parent: Client;
  let operator: Client;
  let clock: MovableClock;
  beforeAll(async () => {
    app = await startTestApp();
    clock = app.platform.clock as MovableClock;
    app.sandbox.setUnknownPeople('FUMA');
    parent = await clientOf(app, 'nadia');
    operator = await clientOf(app, 'oscar');
    watch = new Watch(app.service.metricsPort!);
    await allSettle(await tell(2));
  });
  afterAll(() => app.stop());

  const tell = (births: number): Promise<string[]> => Promise.all(Array.from({ length: births }, () => parent.tell(quebecBirth())));
  const allSettle = async (references: readonly string[], { stepMs = 0, within = 30_000 } = {}): Promise<void> => {
    await Promise.all(references.map((reference) => parent.until(reference, (c) => {
      if (!c.settled && stepMs > 0) clock.advance(stepMs);
      return c.settled;
    }, within)));
  };
  const rows = (text: string, values: readonly unknown[] = []): Promise<unknown[]> => app.platform.db.rows(text, values);
  /** What fails meanwhile is not for the tests after it to find. */
  const without = async (schema: string, table: string, work: () => Promise<void>): Promise<void> => {
    await rows(`alter table ${schema}.${table} rename to hidden`);
    try {
      await work();
    } finally {
      await rows(`alter table ${schema}.hidden rename to ${table}`);
    }
  };
  const expectAlerts = async (expected: readonly string[], happens: () => Promise<unknown>): Promise<void> => {
    const alerts = await watch.alertsOf(happens);
    for (const alert of alerts) seen.add(alert.split(' ')[0]!);
    expect(alerts).toEqual(expected);
  };

  it('none while all is well', async () => {
    await expectAlerts([], async () => allSettle(await tell(4)));
  });

  it('a case is parked', async () => {
    await expectAlerts(['CaseParked bundling', 'CaseParked identity'], async () => {
      await rows(`insert into log.entry (case_id, seq, types, at, data) values ($1, 1, 'intake.case-opened.v1', 0, '{}')`, [uuidv7()]);
      for (const group of ['bundling', 'identity']) await watch.until(`log_parked_cases{group="${group}",reason="wrong-schema"}`, (n) => n === 1);
    });
    await rows('delete from log.parked');
  });

  it('a group is stopped and falls behind', async () => {
    let told: string[] = [];
    await without('adapters', 'cursor', () => expectAlerts(['LogGroupStopped adapters', 'LogLagging adapters'], async () => {
      for (let i = 0; i < 8; i++) told = [...told, ...(await tell(20))];
      await watch.until('log_lag_entries{group="adapters"}', (n) => n > 250);
      await watch.until('log_lag_entries{group="identity"}', (n) => n === 0);
      await watch.until('log_group_stopped{group="adapters"}', (n) => n === 1);
    }));
    await allSettle(told, { within: 120_000 });
    await allSettle(await tell(1)); // a programme that was slow under so much has answered again
  }, 180_000);

  it('requests fail', async () => {
    await without('intake', 'case_file', () => expectAlerts(['RequestsFail'], async () => {
      for (let i = 0; i < 5; i++) await expect(parent.tell(quebecBirth())).rejects.toMatchObject({ status: 500 });
    }));
  });

  it('requests are slow', async () => {
    const session = await app.platform.db.connect();
    await expectAlerts(['RequestsSlow /v1/notifications'], async () => {
      await session.query('begin; lock table intake.case_file in access exclusive mode');
      const telling = tell(3);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await session.query('rollback');
      await allSettle(await telling);
    });
    session.release();
  });

  it('a delivery is parked by a programme nobody understands', async () => {
    app.sandbox.faults.add({ programme: 'ca-qc/health-card', fault: 'answer', times: 1, answer: { state: 'final', code: 'SOMETHING_NEW' } });
    let reference = '';
    await expectAlerts(['TargetsParked ca-qc/health-card'], async () => {
      [reference] = await tell(1) as [string];
      await watch.until('targets_open{programme="ca-qc/health-card",status="parked"}', (n) => n === 1);
    });
    await operator.request('POST', `/v1/ops/deliveries/${reference}/health-card/settlement`, { status: 'completed', reason: 'confirmed-by-telephone' });
  });

  it('an authority confirms nobody', async () => {
    app.sandbox.faults.add({ programme: 'ca-qc', fault: 'outage', for: 'authority' });
    let told: string[] = [];
    await expectAlerts(['AuthorityNotAsked ca-qc'], async () => {
      told = await tell(12);
      await watch.until('authority_breaker_open{authority="ca-qc"}', (n) => n === 1);
      await watch.until('questions_waiting{authority="ca-qc"}', (n) => n === told.length);
    });
    // Its breaker waits for a question to try it by; where nobody waits for an answer, that is nobody's trouble.
    await expectAlerts([], async () => {
      for (const reference of told.slice(1)) await parent.request('POST', `/v1/cases/${reference}/cancellation`, { reason: 'told-in-error' });
      await watch.until('questions_waiting{authority="ca-qc"}', (n) => n === 1);
      await parent.request('POST', `/v1/cases/${told[0]!}/cancellation`, { reason: 'told-in-error' });
      await watch.until('questions_waiting{authority="ca-qc"}', (n) => n === 0);
      await watch.until('authority_breaker_open{authority="ca-qc"}', (n) => n === 1);
    });
    app.sandbox.faults.clear();
    await allSettle(await tell(1), { stepMs: 60_000 });
  });

  it('an agency is away for an hour', async () => {
    app.sandbox.faults.add({ programme: 'ca/sin', fault: 'outage' });
    let told: string[] = [];
    await expectAlerts(['DeliveryBacklogOld ca/sin', 'ProgrammeNotCalled ca/sin'], async () => {
      told = await tell(12);
      await watch.until('programme_breaker_open{programme="ca/sin"}', (n) => n === 1);
      await watch.until('deliveries_on_their_way{programme="ca/sin"}', (n) => n === told.length); // noted before the hour passes
      expect(await operator.request('GET', '/v1/ops/deliveries/backlog')).toEqual([{ programme: 'ca/sin', count: told.length, oldest: expect.any(String) }]);
      clock.advance(HOUR);
    });
    app.sandbox.faults.clear();
    await allSettle(told, { stepMs: 10 * 60_000 });
  });

  it('an agency takes a delivery in only when it is sent again and again', async () => {
    app.sandbox.faults.add({ programme: 'ca-qc/family-allowance', fault: 'status', status: 503, times: 4 });
    await expectAlerts(['DeliveriesAmplified ca-qc/family-allowance'], async () => allSettle(await tell(1), { stepMs: 5 * 60_000 }));
  });

  it('an agreement lapses soon', async () => {
    const until = new Date(clock.now() + 20 * DAY).toISOString().slice(0, 10);
    await expectAlerts(['AgreementLapses ca-qc/family-allowance'], () =>
      rows(`update consent.agreement set doc = (doc::jsonb || jsonb_build_object('to', $1::text))::json where programme = 'ca-qc/family-allowance'`, [until]));
    await rows(`update consent.agreement set doc = (doc::jsonb - 'to')::json where programme = 'ca-qc/family-allowance'`);
  });

  it('a programme is past its service standard', async () => {
    app.sandbox.faults.add({ programme: 'ca/child-benefits', fault: 'answer', times: 1, answer: { state: 'in-progress' } });
    await expectAlerts(['TargetsOverdue ca/child-benefits'], async () => {
      await tell(1);
      await watch.until('targets_open{programme="ca/child-benefits",status="in-progress"}', (n) => n === 1);
      clock.advance(85 * DAY);
      await watch.until('targets_overdue{programme="ca/child-benefits"}', (n) => n === 1);
    });
  });

  it('a process is gone', async () => {
    await expectAlerts(['ProcessDown'], () => app.stop());
  });

  it('and every alert there is was seen to fire', () => {
    const { groups } = load(readFileSync(projectFile('deploy/alerts.yml'), 'utf8')) as { groups: { rules: { alert: string }[] }[] };
    expect([...seen, ...OVER_KAFKA].sort()).toEqual(groups.flatMap((g) => g.rules.map((r) => r.alert)).sort());
  });
});
