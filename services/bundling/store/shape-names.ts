import type { CaseState, Planned } from '../domain/case-state.js';
import { nameOfShape, shapeOf, type PlanShape } from './plan-codec.js';

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
