import type { Planned } from './case-state.js';

const plans = new Map<string, Planned>();

/** The one object for what it says: whoever is planned alike, or read back alike, shares it, and two plans are the same by reference. There are as many as the catalogue has. */
export const shared = (p: Planned): Planned => {
  const plan: Planned = {
    target: p.target, kind: p.kind, programme: p.programme, owner: p.owner, standard: p.standard, after: p.after, root: p.root, basis: p.basis,
    signatory: p.signatory, signWithinDays: p.signWithinDays, acceptsUnconfirmed: p.acceptsUnconfirmed,
  };
  const content = JSON.stringify(plan);
  const known = plans.get(content);
  if (known) return known;
  plans.set(content, Object.freeze(plan));
  return plan;
};
