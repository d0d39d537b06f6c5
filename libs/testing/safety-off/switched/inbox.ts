import type { Envelope } from '#contracts/envelope.js';
import { CursorTable } from '#libs/event-log/cursor-table.js';
import { GroupDispatch } from '#libs/event-log/dispatch.js';
import { ParkingDispatch } from '#libs/event-log/postgres/parking-dispatch.js';
import { ForgetfulCursors } from '../feeds.js';

/**
 * SAFETY OFF, for the whole process that loads this first: no group remembers what it has applied. And the moment in which that matters:
 * what a group was offered in the last seconds is offered once more, as after a takeover. With `?safe` there is only the moment.
 */
const OFFERED_AGAIN_AFTER_MS = 4000;

const { apply } = ParkingDispatch.prototype;
const recent = new WeakMap<ParkingDispatch, { since: number; events: Envelope[] }>();
ParkingDispatch.prototype.apply = async function (page, offer) {
  const all = await apply.call(this, page, offer);
  const held = recent.get(this) ?? { since: Date.now(), events: [] };
  held.events.push(...page);
  recent.set(this, held);
  if (Date.now() - held.since < OFFERED_AGAIN_AFTER_MS) return all;
  recent.delete(this);
  await apply.call(this, held.events, { ...offer, redelivered: true, handed: false });
  return all;
};

if (!import.meta.url.endsWith('?safe')) {
  const forgetful = new ForgetfulCursors();
  Object.defineProperty(GroupDispatch.prototype, 'underCursors', { value: (_unit: unknown, commands: readonly object[]) => Promise.resolve(commands) });
  Object.defineProperty(GroupDispatch.prototype, 'unapplied', { value: (strips: unknown) => Promise.resolve(strips) });
  CursorTable.prototype.load = () => forgetful.load();
}
