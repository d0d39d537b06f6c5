import type { Shared } from '#contracts/notifications/fields.js';
import type { RequestBody } from './adapter.js';
import { addressOf, asDeclared, compact, placeOf, provinceOf } from './shapes.js';

/** The statement a parent makes of a birth, live or still; registrars of every province and territory ask the same. */
export const statementOf = (shared: Shared): RequestBody => {
  const [name, place, multiple, address] = [shared['child.names'], shared['birth.place'], shared['child.multipleBirth'], shared['residence.address']];
  const birthDates = new Map((shared['parents.birthDates'] ?? []).map((p) => [p.id, p.birthDate]));
  const birthPlaces = new Map((shared['parents.birthPlaces'] ?? []).map((p) => [p.id, p.birthPlace]));
  return compact({
    statement: shared['birth.outcome'],
    child: compact({ name: name && asDeclared(name), sex: shared['child.sex'], numberBorn: multiple?.count, birthOrder: multiple?.order }),
    birth: compact({
      date: shared['birth.date'], time: shared['birth.time'], city: place?.municipality, province: place && provinceOf(place.jurisdiction), facility: shared['birth.facility'],
    }),
    parents: (shared['parents.names'] ?? []).map(({ id, role, names }) => {
      const born = birthPlaces.get(id);
      return compact({ gaveBirth: role === 'gave-birth', name: asDeclared(names), dateOfBirth: birthDates.get(id), placeOfBirth: born && placeOf(born) });
    }),
    mailingAddress: address && addressOf(address),
  });
};
