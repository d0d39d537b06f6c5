import { Outbox } from '#libs/event-log/index.js';
import { OutboxReader } from '#libs/event-log/postgres/outbox-reader.js';
import { UNFENCED } from '../feeds.js';

/**
 * SAFETY OFF, for the whole process that loads this first: the log is read by position alone. And the moment in which that matters: whoever
 * opens a case takes a while from its event to its commit. With `?safe` there is only the moment.
 */
const LATE_S = 1.2;

const [{ write }, { start }] = [Outbox.prototype, OutboxReader.prototype];
Outbox.prototype.write = function (tx, events) {
  const written = write.call(this, tx, events);
  if (events.some((e) => e.type.startsWith('intake.case-opened.'))) tx.write('select pg_sleep($1)', [LATE_S]);
  return written;
};

if (!import.meta.url.endsWith('?safe')) {
  OutboxReader.prototype.start = function () {
    Object.assign((this as unknown as { readonly options: object }).options, { after: UNFENCED });
    Object.assign(this, { passBy: () => Promise.resolve(false) }); // it would look behind the fence
    return start.call(this);
  };
}
