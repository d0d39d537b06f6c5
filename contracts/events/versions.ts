import type { EventType } from './schema.js';

/** Every version of every event there is, and which took whose place. */
export class Versions {
  private readonly byType: ReadonlyMap<string, EventType>;
  private readonly successors: ReadonlyMap<string, EventType>;

  constructor(types: readonly EventType[]) {
    this.byType = new Map(types.map((t) => [t.type, t]));
    this.successors = new Map(types.flatMap((t) => (t.upcast ? [[t.upcast.from.type, t] as const] : [])));
  }

  get(type: string): EventType | undefined {
    return this.byType.get(type);
  }

  /** The version that took this one's place. */
  successorOf(type: string): EventType | undefined {
    return this.successors.get(type);
  }

  get all(): readonly EventType[] {
    return [...this.byType.values()];
  }

  newestOf(type: EventType): EventType {
    const next = this.successors.get(type.type);
    return next ? this.newestOf(next) : type;
  }

  /** Another version of this event is known. */
  hasKin(type: string): boolean {
    const family = type.replace(/\.v\d+$/, '.');
    return [...this.byType.keys()].some((t) => t.startsWith(family));
  }

  /** Data that fits its type, as the newest version has it: through each upcast on the way. */
  newest(type: EventType, data: unknown): { readonly type: EventType; readonly data: unknown } {
    let [at, as] = [type, data];
    for (let next = this.successors.get(at.type); next; next = this.successors.get(at.type)) [at, as] = [next, next.upcast!.with(as as never)];
    return { type: at, data: as };
  }
}
