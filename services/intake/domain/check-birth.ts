import { targetOf } from '#contracts/bundles/index.js';
import { promotersOn } from '#contracts/jurisdictions/promoters.js';
import { isoDateIn } from '#contracts/jurisdictions/calendar.js';
import type { BirthNotification } from '#contracts/notifications/birth.js';
import type { FieldFault } from '#libs/kernel/index.js';

const YEAR = 366 * 86_400_000;

/** What must hold between the fields of a report, beyond each by itself. Every fault at once, each with its pointer. */
export const faultsOf = (n: BirthNotification, now: number): FieldFault[] => {
  const faults: FieldFault[] = [];
  const fault = (pointer: string, code: string, detail: string) => faults.push({ pointer, code, detail });
  const today = isoDateIn(n.birth.jurisdiction, now);

  if (n.birth.date > today) fault('/birth/date', 'date.in-future', 'must not be after today');
  else if (now - Date.parse(n.birth.date) > YEAR) fault('/birth/date', 'birth.too-long-ago', 'must be within the last twelve months; an older birth is a delayed registration at the vital statistics office');
  n.parents.forEach((p, i) => {
    if (p.birthDate >= n.birth.date) fault(`/parents/${i}/birthDate`, 'date.order', 'must be before the birth that is reported');
  });
  if (n.parents.filter((p) => p.role === 'gave-birth').length > 1) fault('/parents', 'parents.gave-birth-twice', 'must name at most one person who gave birth');
  if (!n.parents.some((p) => p.id === n.notifier)) fault('/notifier', 'notifier.unknown', 'must be one of the parents named');
  if (n.birth.outcome === 'live-birth' && !n.child.names) fault('/child/names', 'field.required', 'must be given for a live birth');
  const multiple = n.child.multipleBirth;
  if (multiple && multiple.order > multiple.count) fault('/child/multipleBirth/order', 'birth-order.invalid', 'must not be greater than the number of children born');
  const promoter = n.choices?.promoter;
  if (promoter !== undefined && !promotersOn(today).some((p) => p.id === promoter)) fault('/choices/promoter', 'promoter.unknown', 'must be the id of a promoter listed at GET /v1/promoters');

  const giver = n.parents.find((p) => p.role === 'gave-birth')?.id;
  n.decisions.forEach((d, i) => {
    const target = targetOf('birth', d.target);
    if (target?.basis !== 'consent') fault(`/decisions/${i}/target`, 'decision.unknown-target', 'must be a programme of the birth bundle that asks for consent');
    else {
      const signatory = target.signatory === 'notifier' ? n.notifier : giver;
      if (signatory !== n.notifier) fault(`/decisions/${i}/target`, 'decision.not-yours', 'can only be decided by the parent who gave birth; invite them to the case');
      if (d.notice !== target.notice) fault(`/decisions/${i}/notice`, 'notice.outdated', 'must be the notice in force, as listed at GET /v1/notices');
    }
  });
  return faults;
};
