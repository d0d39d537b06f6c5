import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = ['yield.registrationNumber', 'choice.certificate', 'residence.address', 'signatory.names'] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: 'birth-certificate', fields: needs, purpose: 'issue-certificate', from: '2024-01-01',
  authority: {
    'ca-ab': 'Vital Statistics Act, S.A. 2007, c. V-4.1',
    'ca-bc': 'Vital Statistics Act, R.S.B.C. 1996, c. 479',
    'ca-on': 'Vital Statistics Act, R.S.O. 1990, c. V.4',
    'ca-qc': 'Civil Code of Québec, arts. 144 to 148',
    'ca-sk': 'The Vital Statistics Act, 2009, S.S. 2009, c. V-7.21',
  },
});
