import { Injectable, Optional } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Clock } from '#libs/kernel/index.js';
import { Metrics } from '#libs/runtime/index.js';
import { Lanes } from '#libs/transports/index.js';
import { AttemptStore } from './store/attempt-store.js';
import { OutgoingStore } from './store/outgoing-store.js';

/** What an operator's graphs know of deliveries: tries, sends and effects per programme, how many are on their way and for how long. */
@Injectable()
export class AttemptMetrics {
  private readonly attempts: Counter | undefined;
  private readonly sends: Counter | undefined;
  private readonly effects: Counter | undefined;
  private readonly notKept: Counter | undefined;

  constructor(store: AttemptStore, outgoing: OutgoingStore, lanes: Lanes, clock: Clock, @Optional() metrics?: Metrics) {
    if (!metrics) return;
    const { registry } = metrics;
    this.attempts = new Counter({ name: 'delivery_attempts_total', help: 'Tries to hand a delivery over, by what came of them.', labelNames: ['programme', 'result'], registers: [registry] });
    this.sends = new Counter({ name: 'delivery_sends_total', help: 'Requests that carried a delivery to its programme, each again included.', labelNames: ['programme'], registers: [registry] });
    this.effects = new Counter({ name: 'delivery_effects_total', help: 'Deliveries a programme took in, each once; sends over effects is the amplification.', labelNames: ['programme'], registers: [registry] });
    this.notKept = new Counter({ name: 'outcome_messages_unreadable_total', help: 'Messages from jurisdictions that can never be kept, by why.', labelNames: ['transport', 'reason'], registers: [registry] });
    new Gauge({
      name: 'delivery_backlog_age_seconds', help: 'How long the oldest delivery of a programme has been on its way.', labelNames: ['programme'], registers: [registry],
      async collect() {
        const backlog = await store.backlog().catch(() => []); // without the database the other figures are still told
        this.reset();
        for (const { programme, oldest } of backlog) this.set({ programme }, Math.max(0, clock.now() - oldest) / 1000);
      },
    });
    new Gauge({
      name: 'programme_breaker_open', help: '1 while a programme is not called because its last calls failed.', labelNames: ['programme'], registers: [registry],
      collect() {
        for (const [programme, lane] of lanes.entries()) this.set({ programme }, lane.breaker.stateAt(clock.now()) === 'closed' ? 0 : 1);
      },
    });
    new Gauge({
      name: 'deliveries_awaiting_message', help: 'Deliveries handed over as messages that have had no last answer.', labelNames: ['transport', 'jurisdiction'], registers: [registry],
      async collect() {
        const waiting = await outgoing.waiting().catch(() => undefined);
        this.reset();
        for (const { count, ...labels } of waiting ?? []) this.set(labels, count);
      },
    });
    new Gauge({
      name: 'deliveries_on_their_way', help: 'Deliveries that did not get through or have no first answer yet.', labelNames: ['programme'], registers: [registry],
      async collect() {
        const backlog = await store.backlog().catch(() => []);
        this.reset();
        for (const { programme, count } of backlog) this.set({ programme }, count);
      },
    });
  }

  tried(programme: string, result: string): void {
    this.attempts?.inc({ programme, result });
  }

  sent(programme: string): void {
    this.sends?.inc({ programme });
  }

  tookIn(programme: string): void {
    this.effects?.inc({ programme });
  }

  unreadable(transport: string, reason: string): void {
    this.notKept?.inc({ transport, reason });
  }
}
