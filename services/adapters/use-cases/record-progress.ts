import type { OnModuleInit } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CaseAdvancedV2, CasePlannedV2, DeliveriesProgressedV2, answerInFull, nameOfDelivery, newest, type Answer, type DataOf } from '#contracts/events/index.js';
import type { Envelope, NewEvent } from '#contracts/envelope.js';
import { Vault } from '#contracts/apis/vault.js';
import type { LogTable } from '#libs/event-log/index.js';
import { DomainError, groupBy, type Decision } from '#libs/kernel/index.js';
import { UnitOfWork, type Slice, type Unit } from '#libs/persistence/index.js';
import { NOTHING_KNOWN, decide, type Known, type Progress } from '../domain/progress.js';
import { AttemptMetrics } from '../attempt-metrics.js';
import { AttemptStore } from '../store/attempt-store.js';

/** A number no event of a case has. */
const NEVER = 2 ** 31 - 1;

export interface RecordOptions {
  /** Nothing was recorded of these deliveries yet, so that nothing need be read: what was just queued, and what a restart kept from being recorded. */
  readonly first?: boolean;
  /**
   * It came by itself. Refused when the case's log does not ask for the delivery: a restored copy may be older than what the agency
   * was told. It is told again if it comes to that, and answers then.
   */
  readonly unasked?: boolean;
  /** What goes on once this is kept. Must not throw. */
  readonly then?: () => void;
}

/** Keeps what is new of a case's deliveries. */
export class RecordProgress extends Command<void> {
  constructor(readonly caseId: string, readonly progress: readonly Progress[], readonly options: RecordOptions = {}) {
    super();
  }
}

/**
 * One list, one transaction. What an answer repeats is told by the case's own events, read under the case's lock: no row has to
 * outlive its delivery for that, and only answers that were not the first pay for the reading.
 */
export class ProgressSlice implements Slice<RecordProgress, Known, void>, OnModuleInit {
  constructor(private readonly unitOfWork: UnitOfWork, private readonly store: AttemptStore, private readonly vault: Vault, private readonly log: LogTable, private readonly metrics: AttemptMetrics) {}

  onModuleInit(): void {
    this.unitOfWork.register(RecordProgress, this);
  }

  key(command: RecordProgress): string {
    return command.caseId;
  }

  caseOf(command: RecordProgress): string {
    return command.caseId;
  }

  async load(unit: Unit, commands: readonly RecordProgress[]): Promise<Map<string, Known>> {
    const later = commands.filter((c) => c.options.first !== true && c.progress.length > 0);
    if (later.length === 0) return new Map();
    const caseIds = [...new Set(later.map((c) => c.caseId))];
    const rows = groupBy(await this.store.load(unit, later.flatMap((c) => c.progress.map((p) => p.delivery.deliveryId))), (row) => row.caseId);
    const events = groupBy((await this.log.between(unit, caseIds.map((caseId) => ({ caseId, after: 0, before: NEVER })))).map(newest), (e) => e.caseId);
    return new Map(caseIds.map((caseId) => {
      const loaded = new Map((rows.get(caseId) ?? []).map((row) => [row.deliveryId, row]));
      return [caseId, { ...NOTHING_KNOWN, loaded, open: loaded, queued: queuedIn(events.get(caseId) ?? []), last: lastAnswers(events.get(caseId) ?? []) }];
    }));
  }

  decide(command: RecordProgress, known: Known | undefined, now: number): Decision<Known, void, NewEvent> {
    if (command.options.unasked === true && command.progress.some((p) => known?.queued.has(p.delivery.deliveryId) !== true)) throw new DomainError('delivery.unknown', 'nothing is known here of this delivery', 404);
    return command.progress.length === 0 ? { reply: undefined } : decide(command.caseId, command.progress, known ?? NOTHING_KNOWN, now);
  }

  async save(unit: Unit, changed: ReadonlyMap<string, Known>, decided: readonly { readonly command: RecordProgress }[]): Promise<void> {
    // First, because between processes the vault is asked over HTTP: a transaction that has written nothing keeps nobody waiting.
    const deposits = [...changed].flatMap(([caseId, known]) => known.deposits.map((d) => ({ caseId, ...d })));
    if (deposits.length > 0) await unit.within(() => this.vault.depositYields(deposits));
    const states = [...changed.values()];
    const moved = states.flatMap(({ open, loaded }) => [...open].filter(([id, row]) => row !== loaded.get(id)));
    this.store.keep(unit, moved.flatMap(([, row]) => row ?? []));
    this.store.remove(unit, moved.flatMap(([id, row]) => (row ? [] : [id])));
    const tookIn = states.flatMap((s) => s.tookIn);
    if (tookIn.length > 0) unit.afterCommit(() => tookIn.forEach((programme) => this.metrics.tookIn(programme)));
    for (const { command } of decided) if (command.options.then) unit.afterCommit(command.options.then);
  }
}

const queuedIn = (events: readonly Envelope[]): ReadonlySet<string> =>
  new Set(events.flatMap(({ type, data }) => (type === CasePlannedV2.type || type === CaseAdvancedV2.type ? (data as DataOf<typeof CaseAdvancedV2>).deliveries : []).map((d) => d.deliveryId)));

const lastAnswers = (events: readonly Envelope[]): ReadonlyMap<string, Answer> => {
  const last = new Map<string, Answer>();
  for (const { type, data } of events) {
    if (type !== DeliveriesProgressedV2.type) continue;
    for (const answer of (data as DataOf<typeof DeliveriesProgressedV2>).answers) last.set(nameOfDelivery(answer), answerInFull(answer));
  }
  return last;
};

/** The bus's way in, for answers that come over HTTP. */
@CommandHandler(RecordProgress)
export class RecordProgressHandler implements ICommandHandler<RecordProgress> {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async execute(command: RecordProgress): Promise<void> {
    return this.unitOfWork.execute(command);
  }
}
