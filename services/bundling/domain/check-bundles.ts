import type { AdapterCard } from '#contracts/apis/catalogue.js';
import { bundles, conditions, type Bundle } from '#contracts/bundles/index.js';
import { jurisdictions } from '#contracts/jurisdictions/index.js';
import { isFieldName } from '#contracts/notifications/fields.js';

/** What is wrong with a bundle, in sentences; empty when it may be offered. */
export const faultsOfBundle = (bundle: Bundle, cards: readonly AdapterCard[]): readonly string[] => {
  const faults: string[] = [];
  const names = bundle.targets.map((t) => t.target);
  const delivered = new Map(Object.values(jurisdictions).flatMap((j) => j.offers.filter((o) => o.how === 'deliver').map((o) => [o.kind, o] as const)));
  for (const t of bundle.targets) {
    const says = (fault: string) => faults.push(`${bundle.lifeEvent}/${t.target}: ${fault}`);
    if (names.filter((n) => n === t.target).length > 1) says('is declared twice');
    for (const needed of t.after) if (!names.includes(needed)) says(`waits for ${needed}, which is not in the bundle`);
    for (const field of t.shares) if (!isFieldName(field)) says(`shares ${String(field)}, which is no field`);
    for (const condition of [t.presentWhen, ...(t.requires ?? []).map((r) => r.condition)]) {
      if (condition !== undefined && !Object.hasOwn(conditions, condition)) says(`names the condition ${condition}, which does not exist`);
    }
    if (t.basis === 'consent' && t.notice === undefined) says('asks for consent without a notice');
    if (t.reversibility === 'irreversible' && t.acceptsUnconfirmed) says('cannot be undone, and yet accepts an event nobody confirmed');
    const card = cards.find((c) => c.kind === t.kind);
    if (!delivered.has(t.kind)) continue; // nobody is told: a referral or information
    if (!card) {
      says(`is delivered, but no adapter is called ${t.kind}`);
      continue;
    }
    const missing = card.needs.filter((f) => !t.shares.includes(f));
    const extra = t.shares.filter((f) => !card.needs.includes(f));
    if (missing.length + extra.length > 0) says(`shares and the adapter's needs differ: ${[...missing.map((f) => `−${f}`), ...extra.map((f) => `+${f}`)].join(' ')}`);
    for (const j of Object.values(jurisdictions)) {
      for (const offer of j.offers) {
        if (offer.kind === t.kind && offer.how === 'deliver' && !card.agreements.some((a) => a.programme === offer.programme)) says(`no agreement was ever declared with ${offer.programme}`);
      }
    }
  }
  const cycle = findCycle(bundle);
  if (cycle) faults.push(`${bundle.lifeEvent}: ${cycle.join(' → ')} wait for each other`);
  if (bundle.targets.length > 0 && !bundle.targets.some((t) => t.root)) faults.push(`${bundle.lifeEvent}: no target is the root`);
  return faults;
};

const findCycle = (bundle: Bundle): readonly string[] | undefined => {
  const after = new Map(bundle.targets.map((t) => [t.target, t.after]));
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    for (const next of after.get(name) ?? []) {
      const found = visit(next, [...path, name]);
      if (found) return found;
    }
    return undefined;
  };
  for (const { target } of bundle.targets) {
    const found = visit(target, []);
    if (found) return found;
  }
  return undefined;
};

/** Boot fails on a bundle that is wrong, with every fault at once. */
export const checkBundles = (cards: readonly AdapterCard[]): void => {
  const faults = Object.values(bundles).flatMap((bundle) => faultsOfBundle(bundle, cards));
  if (faults.length > 0) throw new Error(`the bundles are wrong and the service does not start:\n  ${faults.join('\n  ')}`);
};
