import { describe, expect, it } from '@jest/globals';
import type { AgreementRecord } from '#contracts/apis/vault.js';
import { agreementInForce, lapses, newestAgreement } from './agreement.js';

const a = (id: string, from: string, to?: string, change: Partial<AgreementRecord> = {}): AgreementRecord =>
  ({ id, programme: 'ca-on/birth-registration', kinds: ['tell', 'amend'], fields: ['child.names'], purpose: 'register-birth', authority: 'VSA', from, ...(to !== undefined && { to }), ...change });

describe('agreements', () => {
  it('hold by the day of their own jurisdiction', () => {
    const midnightInToronto = Date.parse('2026-03-02T05:00:00Z');
    const inForce = (at: number) => agreementInForce([a('x', '2026-03-02')], 'ca-on/birth-registration', 'tell', ['child.names'], at)?.id;
    expect([inForce(midnightInToronto - 1), inForce(midnightInToronto)]).toEqual([undefined, 'x']);
  });

  it('the newest of those in force is the one that counts', () => {
    const list = [a('old', '2024-01-01'), a('new', '2026-01-01')];
    expect(agreementInForce(list, 'ca-on/birth-registration', 'tell', ['child.names'], Date.parse('2026-06-01'))?.id).toBe('new');
    expect(newestAgreement(list, 'ca-on/birth-registration')?.id).toBe('new');
  });

  it('that lapse before the day asked for are found, unless another takes over', () => {
    const until = '2026-05-01';
    expect(lapses([a('x', '2024-01-01')], until)).toEqual([]);
    expect(lapses([a('x', '2024-01-01', '2026-05-02')], until)).toEqual([]);
    expect(lapses([a('x', '2024-01-01', '2026-05-01')], until)).toEqual([{ programme: 'ca-on/birth-registration', agreement: 'x', on: '2026-05-01' }]);
    expect(lapses([a('x', '2024-01-01', '2026-04-01'), a('y', '2026-04-01')], until)).toEqual([]);
    expect(lapses([a('x', '2024-01-01', '2026-04-01'), a('y', '2026-04-01', '2026-04-20')], until)).toMatchObject([{ agreement: 'y', on: '2026-04-20' }]);
    expect(lapses([a('x', '2024-01-01', '2026-04-01', { kinds: ['recall'] })], until)).toEqual([]);
  });
});
