import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = ['child.names', 'child.sex', 'birth.date', 'yield.registrationNumber', 'parents.names', 'parents.birthDates', 'residence.address', 'contact.language'] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: 'family-allowance', fields: needs, purpose: 'pay-family-allowance', from: '2024-01-01',
  authority: {
    'ca-qc': 'Taxation Act, CQLR c. I-3',
  },
});
