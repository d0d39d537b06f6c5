import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = ['signatory.names', 'contact.ways', 'contact.language', 'choice.promoter'] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: 'education-savings', fields: needs, purpose: 'refer-to-promoter', from: '2024-01-01',
  authority: {
    'ca-on': 'Canada Education Savings Act, S.C. 2004, c. 26',
  },
});
