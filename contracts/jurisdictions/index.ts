import { conditions } from '../bundles/conditions.js';
import type { Target } from '../bundles/bundle.js';
import type { PlanningFacts } from '../bundles/facts.js';
import type { ReasonCode } from '../texts/reasons.js';
import type { JurisdictionId, ProgrammeId } from '../words.js';
import { ab } from './ca-ab.js';
import { bc } from './ca-bc.js';
import { mb } from './ca-mb.js';
import { nb } from './ca-nb.js';
import { nl } from './ca-nl.js';
import { ns } from './ca-ns.js';
import { nt } from './ca-nt.js';
import { nu } from './ca-nu.js';
import { on } from './ca-on.js';
import { pe } from './ca-pe.js';
import { qc } from './ca-qc.js';
import { sk } from './ca-sk.js';
import { yt } from './ca-yt.js';
import { ca } from './ca.js';
import type { Jurisdiction, Offer } from './jurisdiction.js';

/** What each government of Canada offers, since when and from which source. */
export const jurisdictions: Readonly<Record<JurisdictionId, Jurisdiction>> = {
  ca, 'ca-ab': ab, 'ca-bc': bc, 'ca-mb': mb, 'ca-nb': nb, 'ca-nl': nl, 'ca-ns': ns, 'ca-nt': nt, 'ca-nu': nu, 'ca-on': on, 'ca-pe': pe, 'ca-qc': qc, 'ca-sk': sk, 'ca-yt': yt,
};

/** Which programme a target means in one case, and how it is reached. */
export interface Resolution {
  readonly programme: ProgrammeId;
  readonly jurisdiction: JurisdictionId;
  readonly offer?: Offer;
  readonly how: Offer['how'];
  /** Why it is handed over: a condition of the offer that does not hold, or the offer's own reason. */
  readonly reason?: ReasonCode;
}

const inForce = (offer: Offer, date: string): boolean => offer.from <= date && (offer.to === undefined || date < offer.to);

/** A programme's entry as of a day, by the name after the slash: `offerOf('ca-on', 'birth-registration', '2026-01-31')`. */
export const offerOf = (jurisdiction: JurisdictionId, programmeName: string, date: string): Offer | undefined =>
  jurisdictions[jurisdiction].offers.find((o) => o.programme === `${jurisdiction}/${programmeName}` && inForce(o, date));

const jurisdictionFor = (target: Pick<Target, 'resolvedBy'>, facts: PlanningFacts): JurisdictionId =>
  target.resolvedBy === 'federal' ? 'ca' : target.resolvedBy === 'residence' ? facts.residence : facts.placeOfEvent;

/** The channel as of the day of acceptance. A kind without an entry is handed over: nothing is invented. */
export const resolve = (target: Pick<Target, 'kind' | 'resolvedBy'>, facts: PlanningFacts, acceptedOn: string): Resolution => {
  const jurisdiction = jurisdictionFor(target, facts);
  const offer = jurisdictions[jurisdiction].offers.find((o) => o.kind === target.kind && inForce(o, acceptedOn));
  if (!offer) return { programme: `${jurisdiction}/${target.kind}`, jurisdiction, how: 'hand-over' };
  const unmet = offer.deliverWhen?.find((w) => !conditions[w.condition](facts));
  const reason = unmet ? unmet.reason : offer.reason;
  return { programme: offer.programme, jurisdiction, offer, how: unmet ? 'hand-over' : offer.how, ...(reason !== undefined && { reason }) };
};

export type { HolidayRule, Jurisdiction, Offer, Source, Standard } from './jurisdiction.js';
