import { Injectable } from '@nestjs/common';
import { Remembered, type Unit } from '#libs/persistence/index.js';
import { Vault, type ReleaseAnswer, type ReleaseRequest } from '#contracts/apis/vault.js';
import type { AgencyDelivery } from '#libs/transports/index.js';

/** What the vault answered; and what was made of it beforehand, where it was. */
export interface Released { readonly answer: ReleaseAnswer; readonly document?: AgencyDelivery | undefined }
interface Waiting { readonly request: ReleaseRequest; readonly resolve: (answer: ReleaseAnswer) => void; readonly reject: (error: unknown) => void }

/** How long what was released along with the event that asks for it may wait for its delivery, in milliseconds; then it is released anew; and so many, or twice as many at most. */
const READY_MS = 1000;
const READY = 4096;

/** Asks the vault for releases in lists: everything that was asked for in one turn of the event loop is one call. */
@Injectable()
export class ReleaseDesk {
  /** Released and committed a moment ago, for one use. */
  private readonly ready = new Remembered<Released & { readonly until: number }>(READY, READY_MS / 2);
  private forming: Waiting[] = [];
  private readonly calls = new Set<Promise<void>>();

  constructor(private readonly vault: Vault) {}

  /** Asks in the transaction of the event that asks for these deliveries: consent, fields and access lines are committed with it, and meanwhile a document is made of each answer. */
  async prepare(unit: Unit, requests: readonly ReleaseRequest[], make: (answers: readonly ReleaseAnswer[]) => readonly (AgencyDelivery | undefined)[]): Promise<void> {
    if (requests.length === 0 || this.vault.commitsFirst) return;
    const answers = await unit.within(() => this.vault.release(requests));
    let documents: readonly (AgencyDelivery | undefined)[] = [];
    unit.whileCommitting(() => (documents = make(answers)));
    unit.afterCommit(() => {
      const until = performance.now() + READY_MS;
      answers.forEach((answer, i) => this.ready.keep(answer.deliveryId, { answer, document: documents[i], until }));
    });
  }

  async ask(request: ReleaseRequest): Promise<Released> {
    const ready = this.ready.take(request.deliveryId);
    if (ready && performance.now() < ready.until) return ready;
    const answer = await new Promise<ReleaseAnswer>((resolve, reject) => {
      if (this.forming.length === 0) setImmediate(() => this.call());
      this.forming.push({ request, resolve, reject });
    });
    return { answer };
  }

  /** Resolves once everything asked for so far has its answer. */
  async answered(): Promise<void> {
    if (this.forming.length > 0) await new Promise((turn) => setImmediate(turn));
    await Promise.all(this.calls);
  }

  private call(): void {
    const list = this.forming;
    this.forming = [];
    const call = this.release(list).finally(() => this.calls.delete(call));
    this.calls.add(call);
  }

  private async release(list: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.vault.release(list.map((w) => w.request));
      list.forEach(({ resolve }, i) => resolve(answers[i]!));
    } catch (error) {
      for (const { reject } of list) reject(error);
    }
  }
}
