import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = [
  'child.names', 'child.sex', 'child.multipleBirth', 'birth.date', 'birth.place', 'parents.names',
  'yield.registrationNumber', 'residence.address', 'contact.language',
] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: 'sin', fields: needs, purpose: 'assign-sin', from: '2024-01-01',
  authority: {
    'ca': 'Social Insurance Number Regulations, SOR/2013-82, s. 3(2)',
  },
});
