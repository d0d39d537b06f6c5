import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = [
  'child.names', 'child.sex', 'birth.date', 'birth.place', 'yield.registrationNumber', 'signatory.names',
  'signatory.birthDate', 'signatory.birthPlace', 'signatory.sin', 'residence.address',
] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: 'child-benefits', fields: needs, purpose: 'assess-child-benefits', from: '2024-01-01',
  authority: {
    'ca': 'Income Tax Act, R.S.C. 1985, c. 1 (5th Supp.), s. 122.62',
  },
});
