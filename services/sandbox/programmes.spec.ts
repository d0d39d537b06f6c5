import { describe, expect, it } from '@jest/globals';
import { isHealthNumber, isSin } from '#contracts/notifications/formats.js';
import { uuidv7 } from '#libs/kernel/index.js';
import { healthNumberOf, registrationNumberOf, sinOf } from './numbers.js';
import { answerCorrection, answerTell, isProgramme, JURISDICTIONS, paceOf, type Told } from './programmes.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const told = (jurisdiction: string, body: Told['body'] = {}): Told => ({ jurisdiction, deliveryId: 'delivery-1', body, now: NOW });
const birth = (over: object = {}) => ({ birth: { date: '2026-05-02', ...over } });

describe('what agencies answer', () => {
  it.each([
    ['birth-registration', 'ca-qc', birth(), 'final', 'REGISTERED'],
    ['birth-registration', 'ca-on', birth({ facility: 'lakeshore-general' }), 'final', 'REGISTERED'],
    ['birth-registration', 'ca-on', birth({ facility: 'riverside-community' }), 'in-progress', 'AWAITING_NOTICE'],
    ['birth-registration', 'ca-on', birth({ facility: 'st-marys-other-child' }), 'action-required', 'MISMATCH'],
    ['birth-registration', 'ca-on', birth({ date: '2025-05-02' }), 'action-required', 'DELAYED'],
    ['stillbirth-registration', 'ca-nl', birth(), 'final', 'REGISTERED'],
    ['birth-certificate', 'ca-on', {}, 'final', 'ISSUED'],
    ['birth-certificate', 'ca-ab', {}, 'action-required', 'FEE_DUE'],
    ['sin', 'ca', { birthDetails: { province: 'ON' } }, 'final', 'ISSUED'],
    ['sin', 'ca', { birthDetails: { province: 'NU' } }, 'refused', 'NOT_AVAILABLE_TERRITORY'],
    ['child-benefits', 'ca', { applicant: { socialInsuranceNumber: '046454286' } }, 'final', 'APPLIED'],
    ['child-benefits', 'ca', { applicant: {} }, 'action-required', 'INFO_NEEDED'],
    ['family-allowance', 'ca-qc', {}, 'final', 'ENROLLED'],
    ['health-card', 'ca-bc', { parent: { healthNumber: '9698658215' } }, 'final', 'ISSUED'],
    ['health-card', 'ca-bc', {}, 'refused', 'PARENT_NOT_COVERED'],
    ['health-card', 'ca-on', {}, 'final', 'PRE_ASSIGNED'],
    ['education-savings', 'ca-on', {}, 'final', 'REFERRED'],
  ])('%s of %s told %j: %s %s', (kind, jurisdiction, body, state, code) => {
    expect(answerTell(kind, told(jurisdiction, body)).answer).toMatchObject({ state, code });
  });

  it('gives what must be done a date a month ahead', () => {
    expect(answerTell('birth-certificate', told('ca-ab')).answer.actionBy).toBe('2026-07-01T12:00:00.000Z');
  });

  it('corrects what is with it, and says when nothing is', () => {
    expect(answerCorrection('amend', true)).toEqual({ state: 'final', code: 'AMENDED' });
    expect(answerCorrection('recall', true)).toEqual({ state: 'final', code: 'RECALLED' });
    expect(answerCorrection('stop', true)).toEqual({ state: 'final', code: 'STOPPED' });
    expect(answerCorrection('stop', false)).toEqual({ state: 'final', code: 'NOT_WITH_US' });
  });

  it('knows no other programmes', () => {
    expect(isProgramme('ca-on', 'birth-registration')).toBe(true);
    expect(isProgramme('ca-on', 'fishing-licence')).toBe(false);
    expect(isProgramme('ca-xx', 'sin')).toBe(false);
    expect(isProgramme('ca-on', 'toString')).toBe(false);
  });

  it('takes no more than three seconds over any answer in a demonstration, and next to nothing in a test', () => {
    for (const kind of ['birth-registration', 'birth-certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card', 'education-savings']) {
      for (let i = 0; i < 50; i++) {
        const asked = { jurisdiction: 'ca-on', deliveryId: uuidv7() };
        const [slow, fast] = [paceOf('lifelike', kind, true, asked), paceOf('fast', kind, true, asked)];
        expect(slow.think).toBeGreaterThanOrEqual(80);
        expect(slow.think + (slow.later ?? 0)).toBeLessThanOrEqual(3400);
        expect(fast.think).toBe(0);
        expect(fast.later ?? 0).toBeLessThanOrEqual(80);
      }
    }
  });
});

describe('the numbers agencies issue', () => {
  const ids = Array.from({ length: 500 }, () => uuidv7());

  it('are well formed, and no person’s: a SIN begins with 0', () => {
    for (const id of ids) {
      expect(isSin(sinOf(id)) && sinOf(id).startsWith('0')).toBe(true);
      for (const jurisdiction of JURISDICTIONS.slice(1)) expect([jurisdiction, isHealthNumber(jurisdiction, healthNumberOf(jurisdiction, id))]).toEqual([jurisdiction, true]);
    }
  });

  it('are the same for the same delivery and differ between deliveries', () => {
    expect(sinOf(ids[0]!)).toBe(sinOf(ids[0]!));
    for (const numberOf of [sinOf, (id: string) => registrationNumberOf('ca-on', id), (id: string) => healthNumberOf('ca-bc', id)]) expect(new Set(ids.map(numberOf)).size).toBe(ids.length);
  });
});
