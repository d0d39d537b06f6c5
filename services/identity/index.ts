import { Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { Feed } from '#libs/event-log/index.js';
import { Clock } from '#libs/kernel/index.js';
import { Metrics } from '#libs/runtime/index.js';
import { parkedController } from '#libs/runtime/platform/index.js';
import { Asking } from './asking/asking.js';
import { AuthorityLanes } from './asking/authority-lanes.js';
import { QuestionMetrics } from './asking/question-metrics.js';
import { QuestionTimers } from './asking/question-timers.js';
import { HttpAuthority } from './authorities/http-authority.js';
import { IdentityAuthority } from './authorities/identity-authority.js';
import { IdentityReviewsController } from './http/identity-reviews.controller.js';
import { reactions } from './reactions.js';
import { IdentityStore } from './store/identity-store.js';
import { Identity1700000000004 } from './store/migrations.js';
import { IdentitySlice } from './use-cases/identity-slice.js';
import { JudgeReviewHandler } from './use-cases/judge-review.js';

/** What this service reads of the log, for docs/flow.md. */
export const identityListensTo = reactions.map((row) => row.on);
export const identityMigrations = [Identity1700000000004];
export { FakeAuthority, FULL_MATCH } from './authorities/fake-authority.js';
export { IdentityAuthority, type IdentityEnquiry, type Reply } from './authorities/identity-authority.js';

export interface IdentityOptions {
  /** Where `/authorities/…` begins. */
  readonly authoritiesUrl: string;
  /** Asked in place of HTTP. */
  readonly authority?: IdentityAuthority;
}

/** Is this person real: asks the authority that knows, and lets a reviewer decide where it does not. */
@Module({})
export class IdentityModule implements OnModuleInit {
  constructor(private readonly feed: Feed, private readonly store: IdentityStore, private readonly asking: Asking) {}

  static forRoot({ authoritiesUrl, authority }: IdentityOptions): DynamicModule {
    return {
      module: IdentityModule,
      controllers: [IdentityReviewsController, parkedController('identity')],
      providers: [
        { provide: IdentityAuthority, useFactory: (clock: Clock) => authority ?? new HttpAuthority(authoritiesUrl, clock), inject: [Clock] },
        { provide: AuthorityLanes, useFactory: (port: IdentityAuthority, clock: Clock, metrics?: Metrics) => new AuthorityLanes(port, clock, metrics), inject: [IdentityAuthority, Clock, { token: Metrics, optional: true }] },
        IdentityStore, IdentitySlice, Asking, QuestionTimers, QuestionMetrics, JudgeReviewHandler,
      ],
    };
  }

  onModuleInit(): void {
    this.feed.subscribe({
      name: 'identity', kind: 'once', cursors: this.store,
      outward: { on: reactions.map((row) => row.on), work: (page) => this.asking.follow(page), prepare: (unit, events) => this.asking.prepare(unit, events) },
    });
  }
}
