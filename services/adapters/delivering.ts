import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CaseAdvancedV2, CasePlannedV2, inFull, type DataOf, type EventType } from '#contracts/events/index.js';
import { Vault } from '#contracts/apis/vault.js';
import type { ProgrammeId } from '#contracts/words.js';
import { CursorTable, type Group, type Page } from '#libs/event-log/index.js';
import { groupBy } from '#libs/kernel/index.js';
import { UnitOfWork, type Unit } from '#libs/persistence/index.js';
import { carry } from '#libs/tracing/index.js';
import { Lanes } from '#libs/transports/index.js';
import { findAdapter } from './adapters.js';
import { Courier, progressOf, type Errand, type Result } from './courier.js';
import type { Progress } from './domain/progress.js';
import { AdaptersOptions } from './options.js';
import { ReleaseDesk } from './release-desk.js';
import { Retries } from './retries.js';
import { RecordProgress } from './use-cases/record-progress.js';

type Stated = DataOf<typeof CasePlannedV2> | DataOf<typeof CaseAdvancedV2>;

/** What a page asks for, each delivery once. After a restart nobody knows what had left, so everything is asked about first. */
export const errandsOf = (page: Pick<Page, 'events' | 'redelivered'>): readonly Errand[] => {
  const errands = new Map<string, Errand>();
  for (const { caseId, data, traceparent } of page.events) {
    for (const { deliveryId, tellId, target, programme, kind, revision, chase } of (data as Stated).deliveries.map(inFull)) {
      if (errands.has(deliveryId)) continue;
      errands.set(deliveryId, {
        delivery: { caseId, deliveryId, tellId, target, programme: programme as ProgrammeId, kind, revision }, ask: chase === true || page.redelivered, asked: chase === true, attempts: 0, traceparent,
      });
    }
  }
  return [...errands.values()];
};

export const listensTo = [CasePlannedV2, CaseAdvancedV2] as unknown as readonly EventType[];

/**
 * Hands over what a page of events asks for. What is answered within the patience is kept in one command per case and leaves no row;
 * what is not becomes an open row, and its answer is kept when it comes.
 */
@Injectable()
export class Delivering implements OnModuleDestroy {
  private stopped = false;
  readonly group: Group = {
    name: 'adapters', kind: 'once', cursors: new CursorTable('adapters.cursor'),
    outward: { on: listensTo, work: (page) => this.work(page), prepare: (unit, events) => this.prepare(unit, events), expect: (caseIds) => this.vault.expect(caseIds) },
  };

  constructor(
    private readonly courier: Courier, private readonly desk: ReleaseDesk, private readonly lanes: Lanes, private readonly unitOfWork: UnitOfWork, private readonly retries: Retries, private readonly options: AdaptersOptions, private readonly vault: Vault,
  ) {}

  /** What comes back from now on came because we let go: the rows fall due in the next process. */
  onModuleDestroy(): void {
    this.stopped = true;
  }

  /** What will leave at once is released in the transaction that decides it; nothing more leaves of a case that settles. */
  private prepare(unit: Unit, events: Page['events']): Promise<void> {
    const settled = events.filter(({ data }) => (data as Stated).settledAt !== undefined);
    if (settled.length > 0) unit.within(() => this.vault.close(settled.map((e) => e.caseId)));
    const leaving = errandsOf({ events, redelivered: false }).filter(({ ask, delivery }) => !ask && findAdapter(delivery.programme) !== undefined && this.lanes.of(delivery.programme).isQuick(this.options.patienceMs));
    return this.courier.prepare(unit, leaving.map(({ delivery }) => delivery));
  }

  async work(page: Page): Promise<readonly object[]> {
    const errands = errandsOf(page);
    const came = new Map<Errand, Result>();
    const underWay = new Map<Errand, Promise<Result>>();
    for (const errand of errands) {
      if (!this.lanes.of(errand.delivery.programme).isQuick(this.options.patienceMs)) continue;
      underWay.set(errand, this.courier.run(errand).then((result) => {
        came.set(errand, result);
        return result;
      }));
    }
    const all = Promise.all(underWay.values());
    all.catch(() => undefined); // told below
    await this.desk.answered(); // the patience is with agencies, not with our own vault
    await patiently(all, this.options.patienceMs, page.signal);
    return [...groupBy(errands, (e) => e.delivery.caseId)].map(([caseId, list]) => {
      const progress = list.map((errand) => progressOf(errand, came.get(errand) ?? (underWay.has(errand) ? 'unanswered' : this.notSent(errand))));
      const late = list.filter((errand) => underWay.has(errand) && !came.has(errand));
      const unsent = progress.some(({ tries }) => tries === 0);
      const then = (): void => {
        for (const errand of late) this.follow(errand, underWay.get(errand)!);
        if (unsent) this.retries.poke();
      };
      return new RecordProgress(caseId, progress, { first: list.every((e) => !e.asked), ...((late.length > 0 || unsent) && { then }) });
    });
  }

  private notSent({ ask, delivery }: Errand): Progress['outcome'] {
    return ask ? 'unasked' : this.lanes.of(delivery.programme).isCalled ? 'unsent' : 'not-called';
  }

  /** Now that its row is there, the answer of a call under way may be kept. If it never is, the row falls due and the programme is asked. */
  private follow(errand: Errand, answer: Promise<Result>): void {
    answer
      .then((result) => (this.stopped ? undefined : this.unitOfWork.execute(carry(new RecordProgress(errand.delivery.caseId, [{ ...progressOf(errand, result), tries: 0 }]), errand.traceparent))))
      .then(() => this.retries.poke(), () => undefined);
  }
}

/** Waits for all of it, for as long as the patience lasts, or until we are to stop. Rejects when it does before. */
const patiently = (all: Promise<unknown>, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const enough = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', enough);
      resolve();
    };
    const timer = setTimeout(() => setImmediate(enough), ms); // what has arrived while this process was busy still counts
    signal.addEventListener('abort', enough, { once: true });
    all.then(enough, (error: unknown) => {
      reject(error instanceof Error ? error : new Error(String(error)));
      enough();
    });
    if (signal.aborted) enough();
  });
