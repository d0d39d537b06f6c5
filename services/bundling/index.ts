import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { AdapterCatalogue } from '#contracts/apis/catalogue.js';
import { Planner } from '#contracts/apis/planner.js';
import { Feed } from '#libs/event-log/index.js';
import { parkedController } from '#libs/runtime/platform/index.js';
import { checkBundles } from './domain/check-bundles.js';
import { OpsDeliveriesController } from './http/ops-deliveries.controller.js';
import { OpsLogController } from './http/ops-log.controller.js';
import { OpenTargets } from './open-targets.js';
import { BundlePlanner } from './planner.js';
import { reactions } from './reactions.js';
import { PlanStore } from './store/plan-store.js';
import { CaseTimers } from './timers.js';
import { CaseSlice, RetryTargetHandler, SettleByHandHandler } from './use-cases/case-slice.js';

export { bundlingMigrations } from './store/migrations.js';
export { reactions as bundlingReactions } from './reactions.js';
export { checkBundles } from './domain/check-bundles.js';

/** Plans the bundle and owns each target from plan to settlement. */
@Global()
@Module({
  controllers: [OpsDeliveriesController, OpsLogController, parkedController('bundling')],
  providers: [PlanStore, OpenTargets, CaseSlice, CaseTimers, RetryTargetHandler, SettleByHandHandler, { provide: Planner, useClass: BundlePlanner }],
  exports: [Planner],
})
export class BundlingModule implements OnModuleInit {
  constructor(private readonly feed: Feed, private readonly store: PlanStore, private readonly catalogue: AdapterCatalogue) {}

  async onModuleInit(): Promise<void> {
    checkBundles(await this.catalogue.cards());
    this.feed.subscribe({ name: 'bundling', kind: 'once', cursors: this.store, reactions, fused: true });
  }
}
