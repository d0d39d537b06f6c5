import { answer, answerInBrief } from './adapters.answer.js';
import { DeliveriesProgressedV1 } from './adapters.deliveries-progressed.v1.js';
import { defineEvent, follows, list, record } from './schema.js';

const fromV1 = follows(DeliveriesProgressedV1, ({ answers }) => ({ answers: answers.map(({ deliveryId: _deliveryId, ...rest }) => answerInBrief(rest)) }));

/** How deliveries went: answers, interim and final, and attempts that did not get through. */
export const DeliveriesProgressedV2 = defineEvent('adapters.deliveries-progressed.v2', record({ answers: list(answer) }), fromV1);
