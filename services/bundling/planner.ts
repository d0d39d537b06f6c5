import { Injectable } from '@nestjs/common';
import { Planner, type PlannedTarget } from '#contracts/apis/planner.js';
import { bundles, targetOf } from '#contracts/bundles/index.js';
import { isoDateIn } from '#contracts/jurisdictions/calendar.js';
import { birthFacts } from '#contracts/notifications/birth.facts.js';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import { whyPlanned } from '#contracts/texts/why.js';
import { Clock } from '#libs/kernel/index.js';
import { viewOf } from './domain/case-state.js';
import { plan } from './domain/plan.js';

/** What would follow from a declaration, by the same function that plans a case. */
@Injectable()
export class BundlePlanner extends Planner {
  constructor(private readonly clock: Clock) {
    super();
  }

  async preview(notification: BirthNotification): Promise<readonly PlannedTarget[]> {
    const bundle = bundles[notification.lifeEvent]!;
    const now = this.clock.now();
    const consents = notification.decisions.map((d) => ({ target: d.target, personId: notification.notifier, decision: d.decision }));
    const facts = birthFacts('', notification, consents);
    return plan(bundle, facts, isoDateIn(facts.placeOfEvent, now), now).map((state) => {
      const target = targetOf(notification.lifeEvent, state.plan.target)!;
      return {
        view: viewOf(state), why: whyPlanned(target, state.status, state.reason),
        fields: target.shares, ...(target.notice !== undefined && { notice: target.notice }),
      };
    });
  }
}
