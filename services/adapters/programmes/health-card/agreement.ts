import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = ['child.names', 'child.sex', 'birth.date', 'yield.registrationNumber', 'birthGiver.healthNumber', 'residence.address', 'contact.language'] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: 'health-card', fields: needs, purpose: 'enrol-in-health-insurance', from: '2024-01-01',
  authority: {
    'ca-bc': 'Medicare Protection Act, R.S.B.C. 1996, c. 286',
    'ca-qc': 'Health Insurance Act, CQLR c. A-29',
    'ca-sk': 'The Saskatchewan Medical Care Insurance Act, R.S.S. 1978, c. S-29',
  },
});
