import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { bundles, type PlanningFacts } from '#contracts/bundles/index.js';
import type { NewEvent } from '#contracts/envelope.js';
import { Vault } from '#contracts/apis/vault.js';
import { isoDateIn } from '#contracts/jurisdictions/calendar.js';
import { Poison, uuidv7, withKey, type Decision } from '#libs/kernel/index.js';
import { UnitOfWork, type InsertShape, type Slice, type Unit } from '#libs/persistence/index.js';
import { advance } from '../domain/advance.js';
import type { CaseState } from '../domain/case-state.js';
import { decide, decisionOf, type Happening } from '../domain/decide.js';
import { plan } from '../domain/plan.js';
import { casePlanned } from '../domain/stated.js';
import { PlanStore } from '../store/plan-store.js';
import { CaseCommand, PlanCase, RetryTarget, SettleByHand, TellAmendment, caseCommands } from './case-commands.js';

interface Loaded { readonly state: CaseState | undefined; readonly facts: PlanningFacts | undefined }
interface AuditRow { id: string; at: number; caseId: string; target: string; action: string; reason: string; operator: string }
const AUDIT: InsertShape<AuditRow> = { into: 'bundling.audit', columns: { id: 'uuid', at: 'bigint', caseId: 'uuid', target: 'text', action: 'text', reason: 'text', operator: 'text' } };

const planned = (command: PlanCase, facts: PlanningFacts, now: number): CaseState => {
  const bundle = bundles[command.lifeEvent];
  if (!bundle) throw new Poison('unknown-bundle', `there is no bundle for ${command.lifeEvent}`);
  const empty: CaseState = {
    caseId: command.caseId, lifeEvent: command.lifeEvent, bundleVersion: bundle.version, acceptedAt: command.acceptedAt, status: 'submitted', notifier: command.notifier,
    people: withKey({}, command.notifier, 'asked'), held: command.held, targets: plan(bundle, facts, isoDateIn(facts.placeOfEvent, command.acceptedAt), now),
  };
  return empty;
};

/** With a correction comes what it would have planned: where nobody was told yet, that holds from now on. */
const happeningOf = (command: CaseCommand, { lifeEvent, acceptedAt }: CaseState, facts: PlanningFacts | undefined, now: number): Happening => {
  const happening = command.happening();
  const bundle = bundles[lifeEvent];
  return happening.kind === 'amended' && facts && bundle ? { ...happening, plan: plan(bundle, facts, isoDateIn(facts.placeOfEvent, acceptedAt), now) } : happening;
};

/** How commands about a case are decided: one slice, so that what happens to one case keeps its order. */
@Injectable()
export class CaseSlice implements Slice<PlanCase | CaseCommand, Loaded, undefined>, OnModuleInit {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly store: PlanStore, private readonly vault: Vault) {}

  onModuleInit(): void {
    this.unitOfWork.register(PlanCase, this);
    for (const command of caseCommands) this.unitOfWork.register<PlanCase | CaseCommand, Loaded, undefined>(command, this);
  }

  key(command: PlanCase | CaseCommand): string {
    return command.caseId;
  }

  caseOf(command: PlanCase | CaseCommand): string {
    return command.caseId;
  }

  async load(unit: Unit, commands: readonly (PlanCase | CaseCommand)[]): Promise<Map<string, Loaded>> {
    const states = await this.store.states(unit, commands.map((c) => c.caseId));
    const toPlan = commands.filter((c) => (c instanceof PlanCase ? !states.has(c.caseId) : c instanceof TellAmendment)).map((c) => c.caseId);
    const facts = toPlan.length > 0 ? await unit.within(() => this.vault.planningFacts(toPlan)) : new Map<string, PlanningFacts>();
    return new Map(commands.map(({ caseId }) => [caseId, { state: states.get(caseId), facts: facts.get(caseId) }]));
  }

  decide(command: PlanCase | CaseCommand, loaded: Loaded | undefined, now: number): Decision<Loaded, undefined, NewEvent> {
    const before = loaded?.state;
    if (command instanceof PlanCase) {
      if (before) return { reply: undefined };
      if (!loaded?.facts) throw new Poison('declaration-missing', 'the vault holds no declaration of this case');
      const step = advance(undefined, planned(command, loaded.facts, now), now);
      return { state: { state: step.state, facts: undefined }, events: [casePlanned(step, now)], reply: undefined };
    }
    if (!before) throw new Poison('case-missing', 'this case was never planned');
    const { state, events } = decisionOf(before, decide(happeningOf(command, before, loaded.facts, now), before, now), now);
    return { state: state && { state, facts: undefined }, events, reply: undefined };
  }

  save(unit: Unit, changed: ReadonlyMap<string, Loaded>, decided: readonly { readonly command: PlanCase | CaseCommand }[]): void {
    this.store.save(unit, new Map([...changed].flatMap(([id, { state }]) => (state ? [[id, state] as const] : []))));
    const audits = decided.flatMap(({ command }): AuditRow[] =>
      command instanceof RetryTarget ? [{ id: uuidv7(unit.now), at: unit.now, caseId: command.caseId, target: command.target, action: 'retry', reason: 'operator-retry', operator: command.operator }]
      : command instanceof SettleByHand ? [{ id: uuidv7(unit.now), at: unit.now, caseId: command.caseId, target: command.target, action: `settle-${command.status}`, reason: command.reason, operator: command.operator }]
      : []);
    unit.tx.insertMany(AUDIT, audits);
  }
}

/** The bus's way in for operators' commands. */
@CommandHandler(RetryTarget)
export class RetryTargetHandler implements ICommandHandler<RetryTarget> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: RetryTarget): Promise<void> {
    return this.unitOfWork.execute(command);
  }
}

@CommandHandler(SettleByHand)
export class SettleByHandHandler implements ICommandHandler<SettleByHand> {
  constructor(private readonly unitOfWork: UnitOfWork) {}
  async execute(command: SettleByHand): Promise<void> {
    return this.unitOfWork.execute(command);
  }
}
