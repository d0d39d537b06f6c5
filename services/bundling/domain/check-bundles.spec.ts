import { describe, expect, it } from '@jest/globals';
import type { AdapterCard } from '#contracts/apis/catalogue.js';
import { birthBundle } from '#contracts/bundles/birth.bundle.js';
import type { Bundle, Target } from '#contracts/bundles/index.js';
import { jurisdictions } from '#contracts/jurisdictions/index.js';
import type { JurisdictionId } from '#contracts/words.js';
import { checkBundles, faultsOfBundle } from './check-bundles.js';

const delivered = Object.values(jurisdictions).flatMap((j) => j.offers.filter((o) => o.how === 'deliver'));
/** An adapter for every kind that is told, with an agreement for each programme of it. */
const cards: readonly AdapterCard[] = birthBundle.targets.filter((t) => delivered.some((o) => o.kind === t.kind)).map((t) => ({
  kind: t.kind, needs: t.shares, outcomes: [],
  agreements: delivered.filter((o) => o.kind === t.kind).map((o) => ({ id: `${o.programme}/2024-1`, programme: o.programme, kinds: ['tell'], fields: t.shares, purpose: t.purpose, authority: 'law', from: '2024-01-01' })),
}));
const withTarget = (name: string, change: object): Bundle => ({ ...birthBundle, targets: birthBundle.targets.map((t) => (t.target === name ? { ...t, ...change } : t)) });
const withCard = (kind: string, change: Partial<AdapterCard>): readonly AdapterCard[] => cards.map((c) => (c.kind === kind ? { ...c, ...change } : c));
const without = (t: Target, key: keyof Target): Target => Object.fromEntries(Object.entries(t).filter(([k]) => k !== key)) as unknown as Target;

describe('a bundle is checked at boot', () => {
  it('and the birth bundle is right', () => {
    expect(faultsOfBundle(birthBundle, cards)).toEqual([]);
    expect(() => checkBundles(cards)).not.toThrow();
  });

  it.each<[string, Bundle, readonly AdapterCard[], string]>([
    ['a target declared twice', { ...birthBundle, targets: [...birthBundle.targets, birthBundle.targets[0]!] }, cards, 'birth/birth-registration: is declared twice'],
    ['a wait for something that is not there', withTarget('sin', { after: ['birth-registration', 'passport'] }), cards, 'birth/sin: waits for passport, which is not in the bundle'],
    ['a field nobody knows', withTarget('learning-bond', { shares: ['child.shoeSize'] }), cards, 'birth/learning-bond: shares child.shoeSize, which is no field'],
    ['a condition that does not exist, to be present', withTarget('learning-bond', { presentWhen: 'fullMoon' }), cards, 'birth/learning-bond: names the condition fullMoon, which does not exist'],
    ['a condition that does not exist, to be delivered', withTarget('sin', { requires: [{ condition: 'fullMoon', otherwise: 'handed-over', reason: 'sin-parent-status' }] }), cards, 'birth/sin: names the condition fullMoon, which does not exist'],
    ['consent without a notice', { ...birthBundle, targets: birthBundle.targets.map((t) => (t.target === 'sin' ? without(t, 'notice') : t)) }, cards, 'birth/sin: asks for consent without a notice'],
    ['what cannot be undone, told before anybody confirmed it', withTarget('sin', { acceptsUnconfirmed: true }), cards, 'birth/sin: cannot be undone, and yet accepts an event nobody confirmed'],
    ['no adapter', birthBundle, cards.filter((c) => c.kind !== 'sin'), 'birth/sin: is delivered, but no adapter is called sin'],
    ['an adapter that needs more than is shared', birthBundle, withCard('education-savings', { needs: ['signatory.names', 'contact.ways', 'contact.language', 'choice.promoter', 'signatory.sin'] }), 'birth/education-savings: shares and the adapter\'s needs differ: −signatory.sin'],
    ['an adapter that needs less than is shared', birthBundle, withCard('education-savings', { needs: ['signatory.names', 'contact.ways', 'contact.language'] }), 'birth/education-savings: shares and the adapter\'s needs differ: +choice.promoter'],
    ['a programme nobody ever agreed with', birthBundle, withCard('health-card', { agreements: [] }), 'birth/health-card: no agreement was ever declared with ca-sk/health-card'],
    ['two that wait for each other', withTarget('birth-registration', { after: ['sin'] }), cards, 'birth: birth-registration → sin → birth-registration wait for each other'],
    ['no root', { ...birthBundle, targets: birthBundle.targets.map((t) => without(t, 'root')) }, cards, 'birth: no target is the root'],
  ])('%s is found', (_, bundle, given, fault) => {
    expect(faultsOfBundle(bundle, given)).toContain(fault);
  });

  it('every jurisdiction without its agreement is named, not only the first', () => {
    const missing = faultsOfBundle(birthBundle, withCard('birth-registration', { agreements: [] })).filter((f) => f.includes('no agreement'));
    const provinces = (Object.keys(jurisdictions) as JurisdictionId[]).filter((id) => id !== 'ca');
    expect(missing.sort()).toEqual(provinces.map((id) => `birth/birth-registration: no agreement was ever declared with ${id}/birth-registration`).sort());
  });

  it('a referral that tells nobody needs no adapter', () => {
    expect(cards.some((c) => c.kind === 'indian-registration' || c.kind === 'learning-bond')).toBe(false);
  });

  it('and the service does not start when one is wrong; every fault is said at once', () => {
    expect(() => checkBundles([])).toThrow(/does not start:\n {2}birth\/birth-registration: is delivered.*\n {2}birth\/stillbirth-registration: is delivered/);
  });
});
