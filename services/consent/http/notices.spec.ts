import { describe, expect, it } from '@jest/globals';
import { birthBundle } from '#contracts/bundles/birth.bundle.js';
import { Clock } from '#libs/kernel/index.js';
import { NoticesController } from './notices.controller.js';
import { PromotersController } from './promoters.controller.js';

class ClockAt extends Clock {
  constructor(private readonly instant: string) {
    super();
  }

  now(): number {
    return Date.parse(this.instant);
  }
}

describe('what a form needs to ask well', () => {
  const notices = new NoticesController();

  it('one notice in force for each programme that asks for consent', () => {
    const { notices: listed } = notices.list();
    expect(listed.map((n) => n.target)).toEqual(birthBundle.targets.filter((t) => t.basis === 'consent').map((t) => t.target));
    expect(listed.every((n) => n.inForce)).toBe(true);
  });

  it('a notice says in plain words, in both languages, what is shared, with whom, why and how to withdraw', () => {
    const notice = notices.get('child-benefits.v1');
    expect(notice.shared).toContainEqual({ field: 'signatory.sin', words: { en: 'the Social Insurance Number of the person who signs', fr: 'le numéro d’assurance sociale de la personne qui signe' } });
    expect(notice.recipient).toEqual({ en: 'The Canada Revenue Agency.', fr: 'L’Agence du revenu du Canada.' });
    expect(notice.withdrawal.fr).toContain('en tout temps et aussi facilement');
    expect(JSON.stringify(notice)).not.toContain('"shares"');
  });

  it.each(['child-benefits.v2', 'child-benefits', '__proto__', 'constructor'])('%s is no notice', (id) => {
    expect(() => notices.get(id)).toThrow(expect.objectContaining({ code: 'notice.unknown', status: 404 }));
  });

  it('only promoters that take referrals today are offered', () => {
    const on = (instant: string) => new PromotersController(new ClockAt(instant)).list().promoters.map((p) => p.id);
    expect(on('2026-01-01T04:59:00Z')).toContain('harbour-bank');
    expect(on('2026-01-01T05:00:00Z')).not.toContain('harbour-bank');
    expect(on('2026-11-25T12:00:00Z')).toContain('maple-savings');
  });
});
