import type { EachBatchPayload, PartitionOffset } from 'kafkajs';

/** How long a place waits for others before it is committed, in milliseconds. What was worked on since is offered again after a crash, and dropped by the cursors. */
const COMMIT_MS = 100;

type Commit = EachBatchPayload['commitOffsetsIfNecessary'];
/** The next offset of a partition to be read, and what is kept with it. */
export type Moved = PartitionOffset & { readonly metadata?: string };

/** How far a member has come in its partitions: committed after the effects, many pages by one request, and no page waits for it. */
export class Offsets {
  private readonly moved = new Map<number, Moved>();
  private commit: Commit | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  /** Partitions were given out anew since a commit left. */
  private since = 0;
  private failed: unknown;

  constructor(private readonly topic: string) {}

  move(places: readonly Moved[], commit: Commit): void {
    for (const place of places) this.moved.set(place.partition, place);
    this.commit = commit;
    this.commitSoon();
  }

  /** Throws what the last commit failed with: the membership may be lost, which whoever reads next must hear. */
  check(): void {
    if (this.failed !== undefined) throw this.failed as Error;
  }

  /** Commits what has moved; one request at a time, so that an older place never comes after a newer. */
  async flush(): Promise<void> {
    while (this.sending) await this.sending;
    clearTimeout(this.timer);
    this.timer = undefined;
    const { commit } = this;
    if (!commit || this.moved.size === 0) return;
    this.sending = this.send(commit, [...this.moved.values()]).finally(() => (this.sending = undefined));
    this.moved.clear();
    await this.sending;
  }

  /** The partitions are given out anew: what has not been committed may be another's by now. */
  drop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.moved.clear();
    this.failed = undefined;
    this.since++;
  }

  private commitSoon(): void {
    this.timer ??= setTimeout(() => void this.flush(), COMMIT_MS);
  }

  private async send(commit: Commit, partitions: readonly Moved[]): Promise<void> {
    const { since } = this;
    try {
      await commit({ topics: [{ topic: this.topic, partitions: [...partitions] }] });
      if (since === this.since) this.failed = undefined;
    } catch (error) {
      if (since !== this.since) return;
      this.failed = error;
      for (const place of partitions) if (!this.moved.has(place.partition)) this.moved.set(place.partition, place);
      this.commitSoon();
    }
  }
}
