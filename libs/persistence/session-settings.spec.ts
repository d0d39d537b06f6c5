import { describe, expect, it } from '@jest/globals';
import { sessionSettings } from './session-settings.js';

describe('the settings of a session', () => {
  it('end a transaction that stays open, where the server can', () => {
    expect(sessionSettings(17)).toContain('-c transaction_timeout=30s');
    expect(sessionSettings(18)).toContain('-c transaction_timeout=30s');
  });

  it('go without on PostgreSQL 15 and 16, which refuse a setting they do not know', () => {
    for (const major of [15, 16]) {
      expect(sessionSettings(major)).not.toContain('transaction_timeout');
      expect(sessionSettings(major)).toContain('-c lock_timeout=5000ms');
    }
  });
});
