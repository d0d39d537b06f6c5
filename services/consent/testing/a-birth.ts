import type { BirthDeclaration } from '#contracts/notifications/birth.js';

/** A birth in Toronto told by the father; the mother signs for child benefits. Identifiers are synthetic. */
export const aBirth = (change: Partial<BirthDeclaration> = {}): BirthDeclaration => ({
  lifeEvent: 'birth',
  birth: { outcome: 'live-birth', date: '2026-03-01', time: '04:20', jurisdiction: 'ca-on', municipality: 'Toronto', facility: 'mount-sinai' },
  child: { names: { given: ['Juniper', 'Wren'], family: 'Quillfeather' }, sex: 'F' },
  parents: [
    { id: 'parent-1', role: 'parent', names: { given: ['Thaddeus'], family: 'Quillfeather' }, birthDate: '1990-04-05', birthPlace: { jurisdiction: 'ca-qc' }, legalStatus: 'citizen' },
    { id: 'parent-2', role: 'gave-birth', names: { given: ['Ottoline'], family: 'Marchbanks' }, birthDate: '1992-07-08', birthPlace: { country: 'IN' }, legalStatus: 'permanent-resident', sin: '046454286' },
  ],
  notifier: 'parent-1',
  residence: { line: '1 Lanternfish Crescent', municipality: 'Toronto', jurisdiction: 'ca-on', postalCode: 'M5V 2T6' },
  contact: { language: 'en-CA', email: 'thaddeus@example.org' },
  ...change,
});
