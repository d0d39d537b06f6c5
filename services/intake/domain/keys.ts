import { createHmac } from 'node:crypto';
import type { BirthNotification, Parent } from '#contracts/notifications/birth.js';
import { normaliseName, normaliseNames } from '#contracts/notifications/names.js';

/** The fingerprints by which a report is known again. Keyed hashes: without the key they say nothing, and no SIN is ever in one. */
export interface EventKeys {
  /** The event itself: date, place, birth order, and the names and birth date of the parent who gave birth (or, where none is named, of one who is). */
  readonly natural: string;
  /** The same but for one slip: the names spelt otherwise, or the parent's birth date. */
  readonly near: readonly [string, string];
  /** The same birth without its order: twins are linked by it, never merged. */
  readonly sibling: string;
}

export class Fingerprints {
  constructor(private readonly key: Buffer) {}

  /** Hex of a keyed SHA-256, cut to 128 bits. */
  of(kind: string, ...parts: readonly string[]): string {
    return createHmac('sha256', this.key).update(`${kind}\x1f${parts.join('\x1f')}`).digest('hex').slice(0, 32);
  }

  event(n: BirthNotification): EventKeys {
    const giver = n.parents.find((p) => p.role === 'gave-birth') ?? firstByName(n.parents);
    const order = String(n.child.multipleBirth?.order ?? 1);
    const birth = [n.birth.date, n.birth.jurisdiction] as const;
    const names = normaliseNames(giver.names);
    const initials = `${normaliseName(giver.names.given[0] ?? '').slice(0, 1)}${normaliseName(giver.names.family).slice(0, 1)}`;
    return {
      natural: this.of('birth', ...birth, order, names, giver.birthDate),
      near: [this.of('birth-near-name', ...birth, order, initials, giver.birthDate), this.of('birth-near-date', ...birth, order, names)],
      sibling: this.of('birth-sibling', ...birth, names, giver.birthDate),
    };
  }

  /** What was sent, for idempotency: the canonical body without SIN fields. */
  body(body: unknown): string {
    return this.of('body', canonical(body));
  }
}

/** Two parents who tell of the same birth may each name themselves first. */
const firstByName = (parents: readonly Parent[]): Parent => {
  const written = (p: Parent): string => `${normaliseNames(p.names)} ${p.birthDate}`;
  return parents.toSorted((a, b) => (written(a) < written(b) ? -1 : 1))[0]!;
};

/** JSON with sorted names, without SIN fields and what is absent. */
const canonical = (value: unknown): string => JSON.stringify(sorted(value));

const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const fields = value as Readonly<Record<string, unknown>>;
  const made: Record<string, unknown> = {};
  for (const key of inOrder(Object.keys(fields))) if (key !== 'sin') made[key] = sorted(fields[key]);
  return made;
};

/** As `sort` does; names are few, and `sort` makes lists of its own for any number. */
const inOrder = (names: string[]): readonly string[] => {
  for (let i = 1; i < names.length; i++) {
    const name = names[i]!;
    let at = i;
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!;
    names[at] = name;
  }
  return names;
};
