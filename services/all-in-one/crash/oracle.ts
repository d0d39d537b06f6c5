/**
 * Says what a run lost, doubled or leaked, from what was told, what the citizen's API shows and what the agencies' ledger says. It knows
 * nothing of how the engine works and imports nothing of it.
 */

/** What an answer to the citizen said of one consent. */
export interface ConsentSaid { readonly target: string; readonly decision: 'withdrawn' | 'granted'; readonly answeredAt: number }

/** What was told, and how it was answered. */
export interface Told {
  readonly family: string;
  readonly told: 'once' | 'twice' | 'carelessly' | 'wrongly';
  readonly declines?: string;
  readonly consents: readonly ConsentSaid[];
  /** References the answers named: of a birth told twice, both. */
  readonly references: readonly string[];
  /** It was answered as refused for good (4xx). */
  readonly refused: boolean;
}

/** `GET /v1/cases/{reference}` and its releases and consents, as far as it matters. */
export interface Seen {
  readonly reference: string;
  readonly settled: boolean;
  readonly status: string;
  readonly targets: readonly { readonly target: string; readonly programme: string; readonly status: string }[];
  readonly releases: readonly { readonly target: string; readonly kind: string; readonly at: string; readonly lastAt?: string }[];
  /** When the vault recorded each withdrawal and each consent, by target. */
  readonly decisions: readonly { readonly target: string; readonly decision: string; readonly at: string }[];
}

/** A line of the agencies' ledger. */
export interface LedgerLine {
  readonly programme: string;
  readonly deliveryId: string;
  readonly kind: string;
  readonly about: string;
  readonly sends: number;
  readonly effects: number;
  readonly receivedAt: string;
  readonly body: object;
}

export interface Evidence {
  readonly told: readonly Told[];
  readonly seen: readonly Seen[];
  readonly ledger: readonly LedgerLine[];
  /** Answers that were neither an answer of the API nor a problem document. */
  readonly unclear: readonly string[];
}

export const DAMAGES = ['lost', 'doubled', 'unsettled', 'parked', 'consent', 'kept', 'unclear', 'amplified'] as const;
export type Damage = (typeof DAMAGES)[number];

export interface Verdict {
  readonly damage: Readonly<Record<Damage, readonly string[]>>;
  readonly figures: { readonly told: number; readonly accepted: number; readonly refused: number; readonly cases: number; readonly effects: number; readonly sends: number; readonly sendsPerEffect: number; readonly withdrawn: number };
}

/** Whom a Québec birth is told to. The first is the law's; the others each need a consent. */
const PROGRAMMES: Readonly<Record<string, string>> = {
  'birth-registration': 'ca-qc/birth-registration', 'birth-certificate': 'ca-qc/birth-certificate', sin: 'ca/sin', 'child-benefits': 'ca/child-benefits',
  'family-allowance': 'ca-qc/family-allowance', 'health-card': 'ca-qc/health-card',
};
const MOST_SENDS_PER_EFFECT = 3;
/** What was released before a withdrawal may still be on the wire so long after the answer to it. */
const ON_THE_WIRE_MS = 10_000;

/** What of the ledger is about one birth: what names the family, and corrections of that. */
const linesOf = (family: string, ledger: readonly LedgerLine[]): readonly LedgerLine[] => {
  const told = ledger.filter((l) => JSON.stringify(l.body).includes(family));
  const ids = new Set(told.flatMap((l) => [l.deliveryId, l.about]));
  return [...told, ...ledger.filter((l) => !told.includes(l) && ids.has(l.about))];
};

export const judge = ({ told, seen, ledger, unclear }: Evidence): Verdict => {
  const damage = Object.fromEntries(DAMAGES.map((d) => [d, [] as string[]])) as Record<Damage, string[]>;
  damage.unclear.push(...unclear);
  const byReference = new Map(seen.map((c) => [c.reference, c]));
  const claimed = new Set(told.flatMap((t) => t.references));

  for (const birth of told) {
    const { family } = birth;
    const lines = linesOf(family, ledger);
    if (birth.refused) {
      if (lines.length > 0) damage.kept.push(`${family}: refused, and ${lines.length} effects`);
      continue;
    }
    if (new Set(birth.references).size > 1) damage.doubled.push(`${family}: one birth, the cases ${[...new Set(birth.references)].join(' and ')}`);
    for (const reference of new Set(birth.references)) {
      const file = byReference.get(reference);
      if (!file) damage.lost.push(`${family}: accepted as ${reference}, and there is no such case`);
      else judgeCase(birth, file, lines, damage);
    }
    judgeEffects(birth, lines, damage);
  }
  // A birth told carelessly may have been accepted without its answer: then the case is whole, and the only one that nobody was told of.
  const careless = told.filter((t) => t.told === 'carelessly' && t.references.length === 0 && !t.refused);
  const nobodys = seen.filter((c) => !claimed.has(c.reference));
  if (nobodys.length > careless.length) damage.kept.push(`${nobodys.length} cases of which nobody was told, and at most ${careless.length} may be: ${nobodys.map((c) => c.reference).join(' ')}`);
  for (const file of nobodys) if (!file.settled) damage.unsettled.push(`${file.reference}: ${file.status}`);
  const half = careless.map(({ family }) => ({ family, n: linesOf(family, ledger).filter((l) => l.kind === 'tell').length })).filter(({ n }) => n !== 0 && n !== Object.keys(PROGRAMMES).length);
  for (const { family, n } of half) damage.lost.push(`${family}: accepted without an answer, and only ${n} programmes told`);

  const [effects, sends] = [ledger.reduce((n, l) => n + l.effects, 0), ledger.reduce((n, l) => n + l.sends, 0)];
  const sendsPerEffect = effects === 0 ? 0 : sends / effects;
  if (sendsPerEffect > MOST_SENDS_PER_EFFECT) damage.amplified.push(`${sends} sends for ${effects} effects`);
  return {
    damage,
    figures: {
      told: told.length, accepted: told.filter((t) => t.references.length > 0).length, refused: told.filter((t) => t.refused).length, cases: seen.length, effects, sends,
      sendsPerEffect: Math.round(sendsPerEffect * 1000) / 1000, withdrawn: told.filter((t) => t.consents.length > 0).length,
    },
  };
};

/** What the citizen last said of a programme. */
const lastSaid = ({ declines, consents }: Told, target: string): 'granted' | 'declined' | 'withdrawn' =>
  consents.findLast((c) => c.target === target)?.decision ?? (target === declines ? 'declined' : 'granted');

const judgeCase = (birth: Told, file: Seen, lines: readonly LedgerLine[], damage: Record<Damage, string[]>): void => {
  const { family } = birth;
  const open = file.targets.map((t) => `${t.target} ${t.status}`).join(', ');
  if (!file.settled) damage.unsettled.push(`${family} ${file.reference}: ${file.status} (${open})`);
  if (file.targets.some((t) => t.status === 'parked')) damage.parked.push(`${family} ${file.reference}: ${open}`);
  for (const [target, programme] of Object.entries(PROGRAMMES)) {
    const shown = file.targets.find((t) => t.target === target);
    const acted = lines.some((l) => l.programme === programme && l.kind === 'tell');
    const stopped = lines.some((l) => l.programme === programme && l.kind === 'stop');
    const said = lastSaid(birth, target);
    if (said === 'granted') {
      if (!acted) damage.lost.push(`${family} ${file.reference}: ${programme} was never told`);
      if (file.settled && !['completed', 'already-known'].includes(shown?.status ?? '')) damage.lost.push(`${family} ${file.reference}: ${target} is ${shown?.status ?? 'missing'}, and should be completed`);
    } else if (said === 'declined') {
      if (acted) damage.consent.push(`${family} ${file.reference}: ${programme} was told though consent was declined`);
    } else {
      if (acted && !stopped) damage.consent.push(`${family} ${file.reference}: ${programme} was told and never told to stop`);
      if (file.settled && !['revoked', 'consent-withheld', 'not-selected'].includes(shown?.status ?? '')) damage.consent.push(`${family} ${file.reference}: ${target} is ${shown?.status ?? 'missing'} after its consent was withdrawn`);
    }
    judgeReleases(birth, file, target, damage);
  }
};

/** The citizen's own access log: nothing was released while consent was withdrawn. */
const judgeReleases = ({ family }: Told, file: Seen, target: string, damage: Record<Damage, string[]>): void => {
  const decisions = file.decisions.filter((d) => d.target === target).map((d) => ({ ...d, at: Date.parse(d.at) })).sort((a, b) => a.at - b.at);
  for (const release of file.releases) {
    if (release.target !== target || (release.kind !== 'tell' && release.kind !== 'amend')) continue;
    for (const at of [release.at, release.lastAt]) {
      if (at === undefined) continue;
      const standing = decisions.findLast((d) => d.at < Date.parse(at));
      if (standing && standing.decision !== 'granted') damage.consent.push(`${family} ${file.reference}: ${target} was released at ${at} under a consent ${standing.decision}`);
    }
  }
};

/** The agencies' side of one birth: each did each thing as often as the citizen asked for it, and no more. */
const judgeEffects = (birth: Told, lines: readonly LedgerLine[], damage: Record<Damage, string[]>): void => {
  const { family, consents } = birth;
  for (const line of lines) if (line.effects !== 1) damage.doubled.push(`${family}: ${line.programme} acted ${line.effects} times upon ${line.deliveryId}`);
  for (const [target, programme] of Object.entries(PROGRAMMES)) {
    const [givenAgain, withdrawn] = [consents.filter((c) => c.target === target && c.decision === 'granted').length, consents.filter((c) => c.target === target && c.decision === 'withdrawn')];
    for (const [kind, most] of [['tell', 1 + givenAgain], ['stop', withdrawn.length], ['amend', 0], ['recall', 0]] as const) {
      const acted = lines.filter((l) => l.programme === programme && l.kind === kind);
      if (acted.length > most) damage.doubled.push(`${family}: ${programme} has ${acted.length} ${kind} deliveries, at most ${most} asked for`);
    }
    const ended = consents.findLast((c) => c.target === target);
    if (ended?.decision !== 'withdrawn') continue;
    const late = lines.filter((l) => l.programme === programme && l.kind === 'tell' && Date.parse(l.receivedAt) > ended.answeredAt + ON_THE_WIRE_MS);
    if (late.length > 0) damage.consent.push(`${family}: ${programme} was told ${Date.parse(late[0]!.receivedAt) - ended.answeredAt} ms after the withdrawal was answered`);
  }
};

export const isSound = ({ damage }: Verdict): boolean => DAMAGES.every((d) => damage[d].length === 0);

const MEANING: Readonly<Record<Damage, string>> = {
  lost: 'accepted, and something of it never happened', doubled: 'one thing done twice', unsettled: 'cases not settled', parked: 'needs an operator', consent: 'told without consent',
  kept: 'refused or never answered, and kept', unclear: 'answers that are none', amplified: `more than ${MOST_SENDS_PER_EFFECT} sends an effect`,
};

/** A table of the damage, with the first findings of each kind. */
export const describeVerdict = (verdict: Verdict, most = 8): string => {
  const { figures } = verdict;
  const rows = DAMAGES.map((d) => `  ${d.padEnd(10)} ${String(verdict.damage[d].length).padStart(5)}  ${MEANING[d]}`);
  const findings = DAMAGES.flatMap((d) => verdict.damage[d].slice(0, most).map((f) => `  ${d}: ${f}`));
  return [
    `told ${figures.told} · accepted ${figures.accepted} · refused ${figures.refused} · cases ${figures.cases} · with withdrawals ${figures.withdrawn} · effects ${figures.effects} · sends ${figures.sends} (${figures.sendsPerEffect} an effect)`,
    ...rows, ...findings,
  ].join('\n');
};
