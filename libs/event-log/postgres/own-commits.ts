import type { Commit } from './outbox.js';

/** Transactions of which a reader remembers that they are its own process'; more than so many mean that the fence has been closed for long. */
const REMEMBERED = 4096;

interface Own {
  readonly txid: bigint;
  /** The last number of each of its cases. */
  readonly upTo: ReadonlyMap<string, number>;
}

/** What this process committed and handed to a reader, by transaction, in the log's order. To forget is safe: it is read then. */
export class OwnCommits {
  private list: Own[] = [];

  /** They are heard of in the order of their commits, which is nearly that of their ids. */
  add({ events, txid }: Commit): void {
    if (this.list.length >= REMEMBERED) this.clear();
    const own: Own = { txid: BigInt(txid), upTo: new Map(events.map((e) => [e.caseId, e.seq])) };
    let at = this.list.length;
    while (at > 0 && this.list[at - 1]!.txid > own.txid) at--;
    this.list.splice(at, 0, own);
  }

  /** The ids before the first with anything that is not done with. */
  doneWith(isDone: (caseId: string, seq: number) => boolean): readonly bigint[] {
    const done: bigint[] = [];
    for (const { txid, upTo } of this.list) {
      for (const [caseId, seq] of upTo) if (!isDone(caseId, seq)) return done;
      done.push(txid);
    }
    return done;
  }

  dropUpTo(txid: bigint): void {
    const first = this.list.findIndex((own) => own.txid > txid);
    this.list = first < 0 ? [] : this.list.slice(first);
  }

  clear(): void {
    this.list = [];
  }
}
