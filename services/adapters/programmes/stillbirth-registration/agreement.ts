import type { FieldName } from '#contracts/notifications/fields.js';
import { agreementsOf } from '../agreements.js';

export const needs = [
  'child.names', 'child.sex', 'child.multipleBirth', 'birth.outcome', 'birth.date', 'birth.time',
  'birth.place', 'birth.facility', 'parents.names', 'parents.birthDates', 'parents.birthPlaces', 'residence.address',
] as const satisfies readonly FieldName[];

export const agreements = agreementsOf({
  kind: 'stillbirth-registration', fields: needs, purpose: 'register-stillbirth', from: '2024-01-01',
  authority: {
    'ca-ab': 'Vital Statistics Act, S.A. 2007, c. V-4.1',
    'ca-bc': 'Vital Statistics Act, R.S.B.C. 1996, c. 479',
    'ca-mb': 'The Vital Statistics Act, C.C.S.M. c. V60',
    'ca-nb': 'Vital Statistics Act, S.N.B. 1979, c. V-3',
    'ca-nl': 'Vital Statistics Act, 2009, S.N.L. 2009, c. V-6.01',
    'ca-ns': 'Vital Statistics Act, R.S.N.S. 1989, c. 494',
    'ca-nt': 'Vital Statistics Act, S.N.W.T. 2011, c. 34',
    'ca-nu': 'Vital Statistics Act, R.S.N.W.T. (Nu.) 1988, c. V-3',
    'ca-on': 'Vital Statistics Act, R.S.O. 1990, c. V.4',
    'ca-pe': 'Vital Statistics Act, R.S.P.E.I. 1988, c. V-4.1',
    'ca-qc': 'Public Health Act, CQLR c. S-2.2',
    'ca-sk': 'The Vital Statistics Act, 2009, S.S. 2009, c. V-7.21',
    'ca-yt': 'Vital Statistics Act, R.S.Y. 2002, c. 225',
  },
});
