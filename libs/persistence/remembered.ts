/**
 * What this process last committed of each case, oldest first: a guess at what is stored, since another process may have written meanwhile. Whoever
 * decides on it insists, in the same transaction, that it holds.
 */
export class Remembered<T> {
  private readonly known = new Map<string, T>();

  constructor(private readonly most: number) {}

  get(caseId: string): T | undefined {
    return this.known.get(caseId);
  }

  /** What is known of all of these; undefined where one of them is not known. */
  ofAll(caseIds: readonly string[]): readonly T[] | undefined {
    const all: T[] = [];
    for (const caseId of caseIds) {
      const one = this.known.get(caseId);
      if (one === undefined) return undefined;
      all.push(one);
    }
    return all;
  }

  keep(caseId: string, one: T): void {
    this.known.delete(caseId);
    this.known.set(caseId, one);
    if (this.known.size > this.most) this.forget(this.known.keys().next().value!);
  }

  forget(caseId: string): void {
    this.known.delete(caseId);
  }

  clear(): void {
    this.known.clear();
  }
}
