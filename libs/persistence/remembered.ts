/**
 * What this process last committed of each case, or of whatever the ids are of: a guess at what is stored, since another process may have written
 * meanwhile. Whoever decides on it insists, in the same transaction, that it holds. At least so many as are named are known, those kept last, and twice as many at the most: they
 * are let go of a generation at a time, because to look for the oldest of a map costs as much as all that was deleted before it (a case's four
 * entries 4 µs, and 1 this way). With a span, in milliseconds, what was not kept anew for one to two of them is let go of too: nothing else holds on to it, as a timer of its own
 * would, and so what is taken or forgotten in time never grows old.
 */
export class Remembered<T> {
  private young = new Map<string, T>();
  private old = new Map<string, T>();
  private aging: NodeJS.Timeout | undefined;

  constructor(private readonly atLeast: number, private readonly spanMs?: number) {}

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(id: string): T | undefined {
    return this.young.get(id) ?? this.old.get(id);
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
    if (this.old.size > 0) this.old.delete(id);
    this.young.set(id, one);
    if (this.young.size >= this.atLeast) this.grow();
    else if (!this.aging) this.age();
  }

  /** For one use. */
  take(id: string): T | undefined {
    const one = this.get(id);
    this.forget(id);
    return one;
  }

  forget(id: string): void {
    this.young.delete(id);
    this.old.delete(id);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }

  /** The young are the old now; what was old goes. */
  private grow(): void {
    this.old = this.young;
    this.young = new Map();
    this.age();
  }

  private age(): void {
    if (this.spanMs === undefined) return;
    clearTimeout(this.aging);
    this.aging = this.size > 0 ? setTimeout(() => this.grow(), this.spanMs).unref() : undefined;
  }
}
