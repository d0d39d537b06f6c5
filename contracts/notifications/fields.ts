import type { BirthDeclaration, Parent } from './birth.js';

/** What a projection is drawn from; `signatory` is the person who signs for the target. */
export interface FieldSource {
  readonly declaration: BirthDeclaration;
  readonly signatory: Parent | undefined;
  /** What earlier outcomes yielded: a registration number … */
  readonly yields: Readonly<Record<string, string>>;
}

const giver = (d: BirthDeclaration) => d.parents.find((p) => p.role === 'gave-birth');


/**
 * Every field an agreement can name, and how it is drawn from a declaration. Projection is by allow-list: what is not named
 * here cannot leave. `undefined` means the declaration has none and the field is left out.
 */
export const fields = {
  'child.names': ({ declaration }) => declaration.child.names,
  'child.sex': ({ declaration }) => declaration.child.sex,
  'child.multipleBirth': ({ declaration }) => declaration.child.multipleBirth,
  'birth.outcome': ({ declaration }) => declaration.birth.outcome,
  'birth.date': ({ declaration }) => declaration.birth.date,
  'birth.time': ({ declaration }) => declaration.birth.time,
  'birth.place': ({ declaration }) => ({ jurisdiction: declaration.birth.jurisdiction, municipality: declaration.birth.municipality }),
  'birth.facility': ({ declaration }) => declaration.birth.facility,
  'parents.names': ({ declaration }) => declaration.parents.map((p) => ({ id: p.id, role: p.role, names: p.names })),
  'parents.birthDates': ({ declaration }) => declaration.parents.map((p) => ({ id: p.id, birthDate: p.birthDate })),
  'parents.birthPlaces': ({ declaration }) => declaration.parents.map((p) => ({ id: p.id, birthPlace: p.birthPlace })),
  'residence.address': ({ declaration }) => declaration.residence,
  'contact.language': ({ declaration }) => declaration.contact.language,
  'contact.ways': ({ declaration }) => ({ email: declaration.contact.email, telephone: declaration.contact.telephone }),
  'signatory.names': ({ signatory }) => signatory?.names,
  'signatory.birthDate': ({ signatory }) => signatory?.birthDate,
  'signatory.birthPlace': ({ signatory }) => signatory?.birthPlace,
  'signatory.sin': ({ signatory }) => signatory?.sin,
  'birthGiver.healthNumber': ({ declaration }) => giver(declaration)?.healthNumber,
  'choice.certificate': ({ declaration }) => declaration.choices?.certificate,
  'choice.promoter': ({ declaration }) => declaration.choices?.promoter,
  'yield.registrationNumber': ({ yields }) => yields.registrationNumber,
} as const satisfies Record<string, (source: FieldSource) => unknown>;

export type FieldName = keyof typeof fields;
export const isFieldName = (name: string): name is FieldName => Object.hasOwn(fields, name);
/** A release: field names to values, only those the agreement names and the declaration has. */
export type Shared = { readonly [F in FieldName]?: NonNullable<ReturnType<(typeof fields)[F]>> };

export const project = (names: readonly FieldName[], source: FieldSource): Shared => {
  const shared: Record<string, unknown> = {};
  for (const name of names) {
    const value = fields[name](source);
    if (value !== undefined) shared[name] = value;
  }
  return shared;
};
