import { JURISDICTIONS, type JurisdictionId } from '#contracts/words.js';
import type { AuthorityKind } from './authority-kind.js';
import { ircc } from './ircc/index.js';
import { vitalStatistics } from './vital-statistics/index.js';

/** Every kind of authority; a new one is a folder and one line here. */
export const authorityKinds: readonly AuthorityKind[] = [vitalStatistics, ircc];

const byJurisdiction = new Map(authorityKinds.flatMap((kind) => kind.confirms.map((jurisdiction) => [jurisdiction, kind] as const)));

/** Every jurisdiction confirms somebody; registry.spec.ts holds that. */
export const getKindOf = (authority: JurisdictionId): AuthorityKind => {
  const kind = byJurisdiction.get(authority);
  if (!kind) throw new Error(`no authority confirms people for ${authority}; known are ${JURISDICTIONS.join(', ')}`);
  return kind;
};
