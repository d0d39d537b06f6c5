import { describe, expect, it } from '@jest/globals';
import { CaseOpenedV1 } from '#contracts/events/index.js';
import { uuidv7 } from '#libs/kernel/index.js';
import { aBirthNotification } from '#libs/testing/index.js';
import { accept, type CaseFile, type Report } from './accept.js';

const report = (change: Partial<Report> = {}): Report => ({
  caseId: uuidv7(), reference: '7K3M-9QXT-2VHB-C', partyId: uuidv7(), reviewId: uuidv7(), subject: 'mother', role: 'notifier', claimsDiffer: false,
  idempotency: 'key-1', fingerprint: 'body-1', keys: { natural: 'birth', near: ['near-name', 'near-date'], sibling: 'sibling' }, notification: aBirthNotification(), ...change,
});
const onFile = (r: Report = report(), change: Partial<CaseFile> = {}): CaseFile => ({
  caseId: r.caseId, reference: 'ON-FILE', openedAt: 1, requests: [{ idempotency: r.idempotency, fingerprint: r.fingerprint }], keys: r.keys, cancelled: false, subjects: [r.subject], ...change,
});
const other = (change: Partial<Report> = {}) => report({ subject: 'stranger', idempotency: 'key-2', fingerprint: 'body-2', ...change });

describe('a report', () => {
  it('opens a case and says so, naming no one', () => {
    const mine = report();
    const { reply, events } = accept(mine, [], 5);
    expect(reply).toEqual({ kind: 'opened', reference: mine.reference, caseId: mine.caseId });
    expect(events).toEqual([CaseOpenedV1(mine.caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [{ partyId: mine.partyId, personId: 'parent-1', role: 'notifier' }] })]);
  });

  it('of somebody whose sign-in is another person’s is opened, and marked for a reviewer', () => {
    expect(accept(report({ claimsDiffer: true }), [], 5).events).toMatchObject([{ data: { claimsDiffer: true } }]);
  });

  it('sent again under its key has the answer it had; another body under that key is refused', () => {
    const first = onFile();
    expect(accept(report({ caseId: uuidv7() }), [first], 5)).toEqual({ reply: { kind: 'known', reference: 'ON-FILE', caseId: first.caseId } });
    expect(() => accept(report({ fingerprint: 'body-9' }), [first], 5)).toThrow(expect.objectContaining({ code: 'idempotency.body-differs', status: 422 }));
  });

  it('sent again under its key has that answer even after the case was cancelled', () => {
    expect(accept(report(), [onFile(report(), { cancelled: true })], 5).reply).toMatchObject({ kind: 'known' });
  });

  it('of the same event by the same person under a new key is the same case, and that key is known from then on', () => {
    const again = accept(report({ idempotency: 'key-9', fingerprint: 'body-9' }), [onFile()], 5);
    expect([again.reply, again.events]).toEqual([{ kind: 'known', reference: 'ON-FILE', caseId: expect.any(String), newKey: true }, undefined]);
    expect(() => accept(report({ idempotency: 'key-9', fingerprint: 'body-10' }), again.state!, 5)).toThrow(expect.objectContaining({ code: 'idempotency.body-differs' }));
  });

  it('of an event somebody else told is not merged by itself', () => {
    const first = onFile();
    expect(accept(other(), [first], 5)).toEqual({ reply: { kind: 'told-before', caseId: first.caseId } });
  });

  it('of a stranger opens a case of its own beside it, held for a reviewer', () => {
    const first = onFile();
    const theirs = other();
    expect(accept(theirs, [first], 5, first.caseId)).toMatchObject({ reply: { kind: 'opened', caseId: theirs.caseId, suspect: first.caseId }, events: [{ data: { held: true } }] });
  });

  it('of a stranger told a second time is their own case again, and no third one', () => {
    const [first, theirs] = [onFile(), onFile(other(), { reference: 'THEIRS' })];
    for (const suspect of [undefined, first.caseId]) expect(accept(other({ idempotency: 'key-3' }), [first, theirs], 5, suspect).reply).toMatchObject({ kind: 'known', reference: 'THEIRS' });
  });

  it.each([0, 1])('nearly the same as one on file is held for a reviewer (slip %i)', (slip) => {
    const first = onFile();
    const near = ['x', 'y'] as [string, string];
    near[slip] = first.keys.near[slip]!;
    expect(accept(other({ keys: { natural: 'another', near, sibling: 's' } }), [first], 5).reply).toMatchObject({ kind: 'opened', suspect: first.caseId });
  });

  it('of the twin is a case of its own, held by nothing', () => {
    const { reply, events } = accept(report({ caseId: uuidv7(), idempotency: 'key-2', keys: { natural: 'birth-2', near: ['n2', 'd2'], sibling: 'sibling' } }), [onFile()], 5);
    expect(reply).not.toHaveProperty('suspect');
    expect(events?.[0]?.data).not.toHaveProperty('held');
  });

  it('of an event whose case was cancelled opens a new one', () => {
    expect(accept(report({ caseId: uuidv7(), idempotency: 'key-2' }), [onFile(report(), { cancelled: true })], 5).reply).toMatchObject({ kind: 'opened' });
  });

  it('in one list with its own repetition opens one case', () => {
    const first = accept(report(), [], 5);
    expect(accept(report({ caseId: uuidv7() }), first.state!, 5).reply).toMatchObject({ kind: 'known', caseId: first.reply.caseId });
  });
});
