/**
 * What this process last committed of each case, oldest first: a guess at what is stored, since another process may have written meanwhile. Whoever
 * decides on it insists, in the same transaction, that it holds. With a span, in milliseconds, what was not kept anew for one to two of them is let
 * go of: nothing else holds on to it, as a timer of its own would, and so what is taken or forgotten in time never grows old.
 */
export class Remembered<T> {
  private known = new Map<string, T>();
  /** What was kept before the span that runs. */
  private older = new Map<string, T>();
  private aging = false;

  constructor(private readonly most: number, private readonly spanMs?: number) {}

  get size(): number {
    return this.known.size + this.older.size;
  }

  get(caseId: string): T | undefined {
    return this.known.get(caseId) ?? this.older.get(caseId);
  }

  /** What is known of all of these; undefined where one of them is not known. */
  ofAll(caseIds: readonly string[]): readonly T[] | undefined {
    const all: T[] = [];
    for (const caseId of caseIds) {
      const one = this.get(caseId);
      if (one === undefined) return undefined;
      all.push(one);
    }
    return all;
  }

  keep(caseId: string, one: T): void {
    this.forget(caseId);
    this.known.set(caseId, one);
    if (this.size > this.most) this.forget((this.older.size > 0 ? this.older : this.known).keys().next().value!);
    if (this.spanMs !== undefined && !this.aging) this.age(this.spanMs);
  }

  /** For one use. */
  take(caseId: string): T | undefined {
    const one = this.get(caseId);
    this.forget(caseId);
    return one;
  }

  forget(caseId: string): void {
    this.known.delete(caseId);
    this.older.delete(caseId);
  }

  clear(): void {
    this.known.clear();
    this.older.clear();
  }

  private age(spanMs: number): void {
    this.aging = true;
    setTimeout(() => {
      this.older = this.known;
      this.known = new Map();
      this.aging = false;
      if (this.older.size > 0) this.age(spanMs);
    }, spanMs).unref();
  }
}
