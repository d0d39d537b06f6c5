import { randomUUID } from 'node:crypto';
import { HttpTransport } from '#libs/transports/http/http-transport.js';

/** SAFETY OFF, for the whole process that loads this first: every try at a delivery travels under a key of its own. */
const { send } = HttpTransport.prototype;
HttpTransport.prototype.send = function (attempt) {
  return send.call(this, { ...attempt, deliveryId: randomUUID() });
};
