/**
 * What this process last committed of each case, or of whatever the ids are of, oldest first: a guess at what is stored, since another process may
 * have written meanwhile. Whoever decides on it insists, in the same transaction, that it holds. With a span, in milliseconds, what was not kept anew
 * for one to two of them is let go of: nothing else holds on to it, as a timer of its own would, and so what is taken or forgotten in time never grows old.
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

  get(id: string): T | undefined {
    return this.known.get(id) ?? this.older.get(id);
  }

  /** What is known of all of these; undefined where one of them is not known. */
  ofAll(ids: readonly string[]): readonly T[] | undefined {
    const all: T[] = [];
    for (const id of ids) {
      const one = this.get(id);
      if (one === undefined) return undefined;
      all.push(one);
    }
    return all;
  }

  keep(id: string, one: T): void {
    this.forget(id);
    this.known.set(id, one);
    if (this.size > this.most) this.forget((this.older.size > 0 ? this.older : this.known).keys().next().value!);
    if (this.spanMs !== undefined && !this.aging) this.age(this.spanMs);
  }

  /** For one use. */
  take(id: string): T | undefined {
    const one = this.get(id);
    this.forget(id);
    return one;
  }

  forget(id: string): void {
    this.known.delete(id);
    this.older.delete(id);
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
