import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Vault, type IdentityAnswerable } from '#contracts/apis/vault.js';
import type { JurisdictionId } from '#contracts/words.js';
import { CaseOpenedV1, type EventType } from '#contracts/events/index.js';
import type { Occurred, Page } from '#libs/event-log/index.js';
import { DomainError, groupBy } from '#libs/kernel/index.js';
import { Remembered, UnitOfWork, type Unit } from '#libs/persistence/index.js';
import { carry, inTrace, isTracing } from '#libs/tracing/index.js';
import { History } from '#libs/event-log/index.js';
import { backOff } from '#libs/transports/index.js';
import type { IdentityEnquiry, Reply } from '../authorities/identity-authority.js';
import type { Answer } from '../domain/decide.js';
import { questionsDue, takeAll, type Happening, type Question } from '../domain/identity-file.js';
import { happeningOf } from '../reactions.js';
import { IdentityStore } from '../store/identity-store.js';
import { FollowCase } from '../use-cases/follow-case.js';
import { AuthorityLanes } from './authority-lanes.js';

const RETRY = { baseMs: 1000, capMs: 3_600_000 } as const;
type Routed = Question & { readonly authority: JurisdictionId };
/** Of each case, the trace of what asks. */
type Traces = ReadonlyMap<string, string | undefined>;
interface Asked { readonly question: Routed; readonly enquiry: IdentityEnquiry }
type Happenings = ReadonlyMap<string, readonly Happening[]>;

/** What was released along with the report it follows from may wait so long for its call, in milliseconds; of so many cases, or twice as many at most. */
const READY_MS = 10_000;
const READY = 2048;

/** How long a page of events may be held for answers, in milliseconds; what comes later is recorded when it comes. */
export const PATIENCE_MS = 300;

/**
 * Puts questions about people: one release for all of a page, committed with its access lines; then the calls, outside any
 * transaction; then one command per case. A question may be put again at any time, under its own id.
 */
@Injectable()
export class Asking implements OnModuleDestroy {
  /** Questions this process has put and not heard of. */
  private readonly open = new Set<string>();
  private readonly late = new Set<Promise<void>>();
  /** Questions about new cases, released and committed with the report, for one use. */
  private readonly ready = new Remembered<readonly Asked[]>(READY, READY_MS / 2);
  private stopping = false;

  constructor(
    private readonly unitOfWork: UnitOfWork, private readonly store: IdentityStore, private readonly vault: Vault, private readonly lanes: AuthorityLanes, private readonly history: History,
  ) {}

  /** What a page of events asks for. Ends in one command per case, which also carries what intake said. */
  async follow({ events, typeOf }: Page): Promise<readonly FollowCase[]> {
    const happenings = new Map([...groupBy(events, (e) => e.caseId)].map(([caseId, list]) => [caseId, list.map((e) => happeningOf(typeOf(e), e))]));
    const answers = await this.ask([...happenings.keys()], happenings, new Map(events.map((e) => [e.caseId, e.traceparent])));
    return [...happenings].map(([caseId, list]) => new FollowCase(caseId, list, answers.get(caseId) ?? []));
  }

  /** What is to be asked about a case that was just opened is released in the transaction that opens it. */
  async prepare(unit: Unit, events: readonly Occurred<unknown>[]): Promise<void> {
    const opened = new Map(events.flatMap((e) => (e.seq === 1 ? [[e.caseId, [happeningOf(CaseOpenedV1 as unknown as EventType, e)]] as const] : [])));
    if (opened.size === 0 || this.stopping || this.vault.commitsFirst) return;
    this.store.begin(unit, [...opened.keys()]);
    const { released } = await unit.within(() => this.release([...opened.keys()], opened, this.ready.size));
    const asked = groupBy(released, ({ question }) => question.caseId);
    unit.afterCommit(() => {
      for (const [caseId, list] of asked) this.ready.keep(caseId, list);
    });
  }

  /** Puts again what is due in these cases, and records what came of it. */
  async again(caseIds: readonly string[]): Promise<void> {
    if (this.stopping) return;
    const traces = isTracing() ? new Map(await Promise.all(caseIds.map(async (caseId) => [caseId, await this.history.traceOf(caseId)] as const))) : new Map<string, undefined>();
    const answers = await this.ask(caseIds, new Map(), traces);
    await this.unitOfWork.executeAll([...answers].map(([caseId, list]) => carry(new FollowCase(caseId, [], list), traces.get(caseId))));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.lanes.close();
    while (this.late.size > 0) await Promise.all(this.late);
  }

  private async ask(caseIds: readonly string[], happenings: Happenings, traces: Traces): Promise<ReadonlyMap<string, readonly Answer[]>> {
    const answers: { readonly caseId: string; readonly answer: Answer }[] = [];
    const calls: { readonly question: Routed; readonly reply: Promise<Reply>; readonly waitedFor: boolean; answered?: Reply }[] = [];
    const ready = caseIds.flatMap((caseId) => this.takeReady(caseId, happenings.get(caseId) ?? []));
    const asked = new Set(ready.map(({ question }) => question.caseId));
    const others = caseIds.filter((caseId) => !asked.has(caseId));
    const { released, kept } = others.length > 0 ? await this.release(others, happenings) : { released: [], kept: [] };
    answers.push(...kept);
    for (const { question, enquiry } of [...ready, ...released]) {
      const waitedFor = this.lanes.isQuick(question.authority, PATIENCE_MS);
      this.open.add(question.questionId);
      const put = (): Promise<Reply> => this.lanes.put(enquiry);
      const call: (typeof calls)[number] = { question, waitedFor, reply: inTrace(traces.get(question.caseId), put).finally(() => this.open.delete(question.questionId)) };
      void call.reply.then((reply) => (call.answered = reply));
      calls.push(call);
    }
    await within(PATIENCE_MS, calls.filter((c) => c.waitedFor).map((c) => c.reply));
    for (const { question, reply, answered } of calls) {
      const { questionId, personId, authority, caseId } = question;
      const known = answered && !this.wasCutOff(answered);
      answers.push({ caseId, answer: known ? answerOf(question, answered) : { kind: 'pending', questionId, personId, authority } });
      if (!answered) inTrace(traces.get(caseId), () => this.recordLater(question, reply, happenings.get(caseId) ?? []));
    }
    return new Map([...groupBy(answers, (a) => a.caseId)].map(([caseId, list]) => [caseId, list.map((a) => a.answer)]));
  }

  /** Only where nothing has happened to the case since it was opened: what was amended is asked otherwise, what was cancelled not at all. */
  private takeReady(caseId: string, happenings: readonly Happening[]): readonly Asked[] {
    const list = this.ready.take(caseId) ?? [];
    return happenings.length === 1 && happenings[0]!.kind === 'opened' ? list : [];
  }

  /** Decides whom to ask, and lets go of what the authority needs to know. Nothing is released to an authority that is not called at the moment; `before` are questions that wait already. */
  private async release(caseIds: readonly string[], happenings: Happenings, before = 0): Promise<{ released: Asked[]; kept: { caseId: string; answer: Answer }[] }> {
    const kept: { caseId: string; answer: Answer }[] = [];
    const keep = (question: Question, answer: Answer): void => void kept.push({ caseId: question.caseId, answer });
    const routed: Routed[] = [];
    const answerables = await this.unitOfWork.join(caseIds, async (unit): Promise<readonly IdentityAnswerable[]> => {
      const files = await this.store.files(unit, caseIds);
      await unit.held;
      const due = caseIds.flatMap((caseId) => questionsDue(takeAll(files.get(caseId), caseId, happenings.get(caseId) ?? []), unit.now));
      const authorities = await this.authoritiesOf(unit, due);
      const taken = new Map<JurisdictionId, number>();
      for (const [i, question] of due.entries()) {
        const authority = authorities[i];
        const about = { questionId: question.questionId, personId: question.personId };
        if (authority === undefined) keep(question, { kind: 'gone', ...about });
        else if (this.open.has(question.questionId)) keep(question, { kind: 'pending', ...about, authority });
        else if (before + (taken.get(authority) ?? 0) >= this.lanes.admits(authority)) keep(question, answerOf({ ...question, authority }, { kind: 'unreachable' }));
        else {
          taken.set(authority, (taken.get(authority) ?? 0) + 1);
          routed.push({ ...question, authority });
        }
      }
      return routed.length > 0 ? unit.within(() => this.vault.releaseIdentity(routed.map(({ questionId, caseId, personId, authority }) => ({ questionId, caseId, personId, authority })))) : [];
    }, { states: false, eager: true });
    const byId = new Map(answerables.map((a) => [a.questionId, a]));
    const released = routed.flatMap((question) => {
      const answerable = byId.get(question.questionId);
      if (answerable) return [{ question, enquiry: { ...answerable, authority: question.authority } }];
      keep(question, { kind: 'gone', questionId: question.questionId, personId: question.personId });
      return [];
    });
    return { released, kept };
  }

  /** The authority of each person's place of birth; undefined for a person the declaration does not name. */
  private async authoritiesOf(unit: Unit, questions: readonly Question[]): Promise<readonly (JurisdictionId | undefined)[]> {
    if (questions.length === 0) return [];
    try {
      return (await unit.within(() => this.vault.people(questions.map(({ caseId, personId }) => ({ caseId, personId }))))).map((p) => p.authority);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (questions.length === 1) return [undefined];
      const alone: (JurisdictionId | undefined)[] = [];
      for (const question of questions) alone.push(...(await this.authoritiesOf(unit, [question])));
      return alone;
    }
  }

  /** Stopping cuts calls off: that says nothing of the authority, and whoever runs next asks again. */
  private wasCutOff(reply: Reply): boolean {
    return this.stopping && reply.kind === 'unreachable';
  }

  /** The page goes on. It may not be recorded yet when the answer comes: what intake said goes along, and is taken once. */
  private recordLater(question: Routed, reply: Promise<Reply>, happenings: readonly Happening[]): void {
    const recorded = reply.then(async (came) => {
      if (!this.wasCutOff(came)) await this.unitOfWork.execute(new FollowCase(question.caseId, happenings, [answerOf(question, came)]));
    }).catch(() => undefined); // not recorded: it falls due and is put again
    this.late.add(recorded);
    void recorded.then(() => this.late.delete(recorded));
  }
}

const answerOf = ({ questionId, personId, authority, attempts }: Routed, reply: Reply): Answer =>
  reply.kind === 'found' ? { kind: 'found', questionId, personId, authority, finding: reply.finding }
    : { kind: 'unreachable', questionId, personId, authority, retryInMs: backOff(attempts + 1, Math.random(), RETRY, reply.retryAfterMs) };

/** Resolves when all have, or after `ms`. */
const within = async (ms: number, all: readonly Promise<unknown>[]): Promise<void> => {
  if (all.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([Promise.all(all), patience]);
  clearTimeout(timer);
};
