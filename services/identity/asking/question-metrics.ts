import { Injectable, Optional } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from '#libs/runtime/index.js';
import { IdentityStore } from '../store/identity-store.js';

/** What an operator's graphs know of questions: how many people wait for each authority's answer. */
@Injectable()
export class QuestionMetrics {
  constructor(store: IdentityStore, @Optional() metrics?: Metrics) {
    if (!metrics) return;
    new Gauge({
      name: 'questions_waiting', help: 'People an authority was asked about and has not spoken of yet.', labelNames: ['authority'], registers: [metrics.registry],
      async collect() {
        const waiting = await store.waiting().catch(() => []); // without the database the other figures are still told
        this.reset();
        for (const { authority, count } of waiting) this.set({ authority }, count);
      },
    });
  }
}
