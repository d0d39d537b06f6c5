import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { birthBundle } from '../bundles/birth.bundle.js';
import { bundles } from '../bundles/index.js';
import { jurisdictions, offerOf } from '../jurisdictions/index.js';
import { fields } from '../notifications/fields.js';
import { TARGET_STATUSES, WAITING_ON, isSettledTarget } from '../words.js';
import type { LocalisedText } from './localised.js';
import { STATUS_STEPS, nextStep, type NextView } from './next.js';
import { FIELD_WORDS, NOTICES, findNotice, type Notice } from './notices.js';
import { OUTCOMES, isOutcomeCode } from './outcomes.js';
import { findFieldFault, findProblem } from './problems.js';
import { REASONS, isReasonCode } from './reasons.js';
import { TARGET_NAMES, isTargetName, targetName } from './targets.js';
import { WHY, whyPlanned } from './why.js';

const SERVICES = join(import.meta.dirname, '../../services');
/** The source of a service, its tests and its sandbox neighbours left out. */
const sources = (folder: string): string =>
  readdirSync(join(SERVICES, folder), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts') && !f.endsWith('.spec.ts') && !f.includes('testing'))
    .map((f) => readFileSync(join(SERVICES, folder, f), 'utf8')).join('\n');
const found = (source: string, ...patterns: RegExp[]): string[] => [...new Set(patterns.flatMap((p) => [...source.matchAll(p)].map((m) => m[1]!)))].sort();
const OURS = ['adapters', 'bundling', 'consent', 'identity', 'intake', 'status'];

/** What is wrong with how something is said. */
const faultsOf = ({ en, fr }: LocalisedText): string[] => [
  ...(en.trim().length < 2 || fr.trim().length < 2 ? ['says nothing'] : []),
  ...(/['"]/.test(fr) ? ['French with straight quotation marks'] : []),
  ...(/ [;!?]/.test(fr) ? ['a space before ; ! or ?, which Canadian French does not put'] : []),
  ...(/congratulat|félicit|happy|heureu|joy|joie|wonderful|merveilleu/i.test(`${en} ${fr}`) ? ['congratulates'] : []),
  ...(/\b(undefined|null|NaN)\b|\{|\[object/.test(`${en} ${fr}`) ? ['a hole'] : []),
  ...(/ {2}|\s$/.test(en) || / {2}|\s$/.test(fr) ? ['stray space'] : []),
];
const texts = (value: unknown): LocalisedText[] =>
  typeof value !== 'object' || value === null ? []
  : 'en' in value && 'fr' in value ? [value as LocalisedText]
  : Object.values(value).flatMap(texts);

const view = (change: Partial<NextView>): NextView => ({ target: 'sin', status: 'completed', overdue: false, ...change });

describe('every text', () => {
  it('is said in both languages, in typographic French, and congratulates nobody', () => {
    const all = texts([TARGET_NAMES, WHY, OUTCOMES, REASONS, STATUS_STEPS, NOTICES, FIELD_WORDS, Object.values(jurisdictions).map((j) => [j.name, j.offers.map((o) => [o.name, o.route])])]);
    expect(all.length).toBeGreaterThan(300);
    expect(all.map((text) => [text.en, faultsOf(text)]).filter(([, faults]) => faults!.length > 0)).toEqual([]);
  });

  it('a bad one would be noticed', () => {
    expect(faultsOf({ en: 'Congratulations on your baby', fr: "Félicitations pour l'enfant !" })).toEqual(['French with straight quotation marks', 'a space before ; ! or ?, which Canadian French does not put', 'congratulates']);
    expect(faultsOf({ en: '', fr: 'undefined  ' })).toEqual(['says nothing', 'a hole', 'stray space']);
  });
});

describe('nothing can happen without a text', () => {
  it('every target of every bundle has a name and a reason to be in the plan', () => {
    for (const bundle of Object.values(bundles)) {
      for (const t of bundle.targets) {
        expect([t.target, isTargetName(t.target)]).toEqual([t.target, true]);
        expect(whyPlanned(t, 'waiting-identity', undefined)).toEqual(WHY[t.target as keyof typeof WHY]);
      }
    }
    expect(targetName('from-a-newer-build')).toEqual({ en: 'from-a-newer-build', fr: 'from-a-newer-build' });
  });

  it('every reason a bundle, an offer, bundling or an adapter can give', () => {
    const declared = [
      ...Object.values(bundles).flatMap((b) => b.targets.flatMap((t) => [...(t.requires ?? []).map((r) => r.reason), ...Object.values(t.suppressedBy ?? {}).map((s) => s.reason)])),
      ...Object.values(jurisdictions).flatMap((j) => j.offers.flatMap((o) => [...(o.deliverWhen ?? []).map((w) => w.reason), ...(o.reason ? [o.reason] : [])])),
    ];
    const bundling = found(sources('bundling/domain'), /reason: '([a-z0-9-]+)'/g, /reason \?\? '([a-z0-9-]+)'/g, /settledAs\([^,]+, now, '[a-z-]+', '([a-z0-9-]+)'\)/g);
    const chosen = found(sources('bundling/domain').split('\n').filter((line) => line.includes('const reason = ')).join('\n'), /\? '([a-z0-9-]+)'/g);
    const adapters = found(sources('adapters'), /reason: '([a-z0-9-]+)'/g);
    expect(bundling).toEqual(expect.arrayContaining(['dependency-failed', 'not-asked-for', 'past-limit', 'withdrawn', 'cancelled', 'in-review', 'hospital-does-it']));
    expect(chosen).toContain('agreement-ended');
    expect(adapters).toEqual(expect.arrayContaining(['statements-do-not-match', 'child-benefits-rc66', 'answer-not-understood']));
    expect([...declared, ...bundling, ...chosen, ...adapters].filter((reason) => !isReasonCode(reason))).toEqual([]);
  });

  it('every outcome an adapter can report or the plan can set', () => {
    const outcomes = found(`${sources('adapters')}\n${sources('bundling/domain')}`, /outcome: '([a-z0-9-]+)'/g);
    expect(outcomes).toEqual(expect.arrayContaining(['registered', 'issued', 'fee-due', 'pre-assigned', 'recalled', 'not-with-us']));
    expect(outcomes.filter((outcome) => !isOutcomeCode(outcome))).toEqual([]);
  });

  it('every refusal of every service, and every fault of a field', () => {
    const source = OURS.map(sources).join('\n');
    const refusals = found(source, /new DomainError\(\s*'([^']+)'/g);
    const faults = found(source, /fault\('[^']*', '([^']+)'/g, /fault\(`[^`]*`, '([^']+)'/g, /pointer: [^,]+, code: '([^']+)'/g);
    expect(refusals.length).toBeGreaterThan(20);
    expect(faults).toEqual(expect.arrayContaining(['date.order', 'decision.not-yours', 'notice.outdated', 'field.choice', 'notifier.changed']));
    expect(refusals.filter((code) => !findProblem(code))).toEqual([]);
    expect(faults.filter((code) => !findFieldFault(code))).toEqual([]);
  });
});

describe('what to do next', () => {
  const reasons = [undefined, ...Object.keys(REASONS)];
  const outcomes = [undefined, ...Object.keys(OUTCOMES)];

  it('is said for every status, whoever is waited for, whatever the reason or outcome, late or not', () => {
    const offer = offerOf('ca', 'sin', '2026-11-25')!;
    let seen = 0;
    for (const target of ['sin', 'stillbirth-registration']) {
      for (const status of TARGET_STATUSES) {
        for (const waitingOn of [undefined, ...(isSettledTarget(status) ? [] : WAITING_ON)]) {
          for (const [reason, outcome] of [...reasons.map((r) => [r, undefined] as const), ...outcomes.map((o) => [undefined, o] as const)]) {
            for (const overdue of [false, true]) {
              const said = nextStep({ target, status, overdue, ...(waitingOn !== undefined && { waitingOn }), ...(reason !== undefined && { reason }), ...(outcome !== undefined && { outcome }) }, { offer });
              if (faultsOf(said).length > 0) throw new Error(`${target} ${status} ${waitingOn} ${reason} ${outcome}: ${faultsOf(said).join(', ')}`);
              seen++;
            }
          }
        }
      }
    }
    expect(seen).toBeGreaterThan(10_000);
  });

  it('names the reason, the step and where to go when the programme was handed over', () => {
    const said = nextStep(view({ status: 'handed-over', reason: 'sin-not-through-territory' }), { offer: offerOf('ca', 'sin', '2026-11-25')! });
    expect(said.en).toMatch(/^For a birth in a territory.*You can apply yourself\..*https:\/\/www\.canada\.ca/);
    expect(said.fr).toMatch(/^Pour une naissance dans un territoire.*Vous pouvez en faire la demande vous-même\..*https:\/\/www\.canada\.ca\/fr/);
  });

  it('speaks to the one who is waited for, and not of them to themselves', () => {
    const asked = view({ target: 'child-benefits', status: 'consent-required', waitingOn: 'other-parent' });
    expect(nextStep(asked).en).toContain('The other parent has to sign');
    expect(nextStep({ ...asked, waitingOn: 'you' }).en).toBe('Please read the notice, then give or refuse your consent.');
    expect(nextStep(view({ status: 'waiting-identity', reason: 'correct-your-report', waitingOn: 'you' })).fr).toContain('Veuillez corriger votre déclaration');
    expect(nextStep(view({ status: 'waiting-identity', reason: 'correct-your-report', waitingOn: 'notifier' })).fr).toContain('Vous n’avez rien à faire');
    expect(nextStep(view({ target: 'birth-certificate', status: 'action-required', outcome: 'fee-due', waitingOn: 'you' })).en).toContain('Please pay the fee');
  });

  it('asks for nothing while nothing is to be done, and admits to being late', () => {
    expect(nextStep(view({ status: 'sent', waitingOn: 'agency-answer' })).en).toContain('There is nothing you need to do.');
    expect(nextStep(view({ status: 'sent', waitingOn: 'agency-answer', overdue: true })).en).toContain('taking longer than it should');
    expect(nextStep(view({ status: 'action-required', reason: 'information-needed', waitingOn: 'you', overdue: true })).en).not.toContain('taking longer');
    expect(nextStep(view({ target: 'education-savings', status: 'handed-over', outcome: 'referred' }), { offer: offerOf('ca-on', 'education-savings', '2026-11-25')! }).en).not.toContain('https');
    expect(nextStep(view({ status: 'parked', reason: 'answer-not-understood', waitingOn: 'operator' })).en).toContain('A member of our staff');
    expect(nextStep(view({ status: 'revoked', reason: 'withdrawn', outcome: 'stopped' })).en).toMatch(/^The programme was told to stop/);
  });

  it('a reason or outcome of a newer build still leaves the person with a step', () => {
    expect(nextStep(view({ status: 'rejected', reason: 'from-a-newer-build', outcome: 'toString' }))).toEqual(STATUS_STEPS.rejected);
  });

  it('to a bereaved family it offers support, and never speaks of a newborn', () => {
    for (const status of TARGET_STATUSES) {
      for (const reason of [undefined, 'awaiting-hospital-notice', 'statements-do-not-match', 'past-limit', 'cancelled', 'in-review', 'identity-not-confirmed', 'refused-by-programme']) {
        for (const outcome of [undefined, 'registered', 'amended', 'recalled']) {
          const { en, fr } = nextStep({ target: 'stillbirth-registration', status, overdue: true, ...(reason !== undefined && { reason }), ...(outcome !== undefined && { outcome }) }, { offer: offerOf('ca-on', 'stillbirth-registration', '2026-11-25')! });
          expect(en).toMatch(/support families in grief/);
          expect(fr).toMatch(/familles en deuil/);
          expect(`${en} ${fr}`).not.toMatch(/\b(baby|bébé|newborn|nouveau-né|your child|votre enfant|birth certificate)\b/i);
        }
      }
    }
    expect(WHY['stillbirth-registration'].en).toMatch(/^We are sorry for your loss/);
  });
});

describe('notices', () => {
  const asking = birthBundle.targets.filter((t) => t.basis === 'consent');

  it.each(asking.map((t) => [t.target, t] as const))('the notice in force for %s says exactly what is shared, and names the target', (_, t) => {
    const notice = findNotice(t.notice!)!;
    expect(notice.target).toBe(t.target);
    expect([...notice.shares].sort()).toEqual([...t.shares].sort());
    expect(notice.signedBy.en.includes('gave birth')).toBe(t.signatory === 'birth-giver');
  });

  it('every field that can leave has plain words', () => {
    expect(Object.keys(FIELD_WORDS).sort()).toEqual(Object.keys(fields).sort());
  });

  it('the promoter never receives a Social Insurance Number or anything about the child, and the notice says so', () => {
    const notice = NOTICES['education-savings.v1'];
    expect((notice.shares as Notice['shares']).filter((field) => /sin|child|birth|registration/i.test(field))).toEqual([]);
    expect(notice.mindful.en).toContain('no Social Insurance Number');
  });

  it('child benefits: only the parent who gave birth signs, marital status is not sent, and nobody should apply twice', () => {
    const { mindful, signedBy } = NOTICES['child-benefits.v1'];
    expect(signedBy.en).toContain('Only the parent who gave birth');
    expect(mindful.en).toMatch(/marital status is not sent.*Do not apply a second time.*income tax return/);
  });

  it('is not found under a name nobody gave', () => {
    expect([findNotice('sin.v99'), findNotice('constructor')]).toEqual([undefined, undefined]);
  });
});
