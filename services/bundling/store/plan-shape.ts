import { createHash } from 'node:crypto';
import type { CaseState, Planned } from '../domain/case-state.js';

/** What of a case never changes once it is planned, stored once for the thousands that are planned alike. */
export interface PlanShape {
  readonly bundleVersion: number;
  readonly lifeEvent: CaseState['lifeEvent'];
  readonly targets: readonly Planned[];
}

export const shapeOf = ({ bundleVersion, lifeEvent, targets }: CaseState): PlanShape => ({ bundleVersion, lifeEvent, targets: targets.map((t) => t.plan) });

/** A shape's name is its content: 128 bits of SHA-256, written as a uuid. */
export const nameOfShape = (shape: PlanShape): string =>
  createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

interface Named { readonly name: string; readonly shape: PlanShape }
interface Branch { readonly after: Map<Planned, Branch>; named?: Named }

/** Finds a case's shape by walking its plans, one after the other: thousands of cases ask, and a name is a hash. There are as many ends as shapes. */
export class ShapeNames {
  private readonly roots = new Map<string, Branch>();

  of(state: CaseState): Named {
    let at = branch(this.roots, `${state.lifeEvent} ${state.bundleVersion}`);
    for (const { plan } of state.targets) at = branch(at.after, plan);
    if (!at.named) {
      const shape = shapeOf(state);
      at.named = { name: nameOfShape(shape), shape };
    }
    return at.named;
  }
}

const branch = <Key>(from: Map<Key, Branch>, key: Key): Branch => {
  let found = from.get(key);
  if (!found) from.set(key, (found = { after: new Map() }));
  return found;
};
