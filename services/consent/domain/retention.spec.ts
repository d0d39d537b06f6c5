import { expect, it } from '@jest/globals';
import { retention } from '#contracts/bundles/retention.js';
import { bundles } from '#contracts/bundles/index.js';
import { CaseAdvancedV1, CaseAdvancedV2, CaseOpenedV1, ConsentDecidedV1 } from '#contracts/events/index.js';
import type { Envelope, NewEvent } from '#contracts/envelope.js';
import type { CaseStatus } from '#contracts/words.js';
import { isPastRetention } from './retention.js';

const DAY = 86_400_000;
const caseId = '0190a000-0000-7000-8000-00000000000c';
const START = Date.parse('2026-03-01T00:00:00Z');
const story = (...told: [NewEvent, number][]): Envelope[] => told.map(([e, day], i) => ({
  specversion: '1.0', id: `${caseId}/${i + 1}`, source: '/x', subject: caseId, time: new Date(START + day * DAY).toISOString(), seq: i + 1, ...e,
}));
const opened = CaseOpenedV1(caseId, { lifeEvent: 'birth', notifier: 'parent-1', parties: [] });
const advanced = (status: CaseStatus) => CaseAdvancedV2(caseId, { status, faces: [], deliveries: [] });
/** As it was stated once. */
const advancedBefore = (status: CaseStatus) => CaseAdvancedV1(caseId, { status, targets: [], deliveries: [] });
const kept = retention.birth!.days;

it('every life event that is offered says how long its data is kept', () => {
  expect(Object.keys(retention)).toEqual(Object.keys(bundles));
});

it('what was told is kept for the time the law asks after the last thing that happened, and no longer', () => {
  const settled = story([opened, 0], [advanced('completed'), 10]);
  expect(isPastRetention(settled, START + (10 + kept) * DAY - 1)).toBe(false);
  expect(isPastRetention(settled, START + (10 + kept) * DAY)).toBe(true);
  expect(isPastRetention(story([opened, 0], [advancedBefore('completed'), 10]), START + (10 + kept) * DAY)).toBe(true);
  const touched = story([opened, 0], [advanced('completed'), 10], [ConsentDecidedV1(caseId, { decisions: [] }), 400]);
  expect(isPastRetention(touched, START + (10 + kept) * DAY)).toBe(false);
  expect(isPastRetention(touched, START + (400 + kept) * DAY)).toBe(true);
});

it('an open case keeps its data, however old, and so does one that was opened again', () => {
  expect(isPastRetention(story([opened, 0], [advanced('in-progress'), 10]), START + 9000 * DAY)).toBe(false);
  expect(isPastRetention(story([opened, 0], [advanced('completed'), 10], [advanced('in-progress'), 11]), START + 9000 * DAY)).toBe(false);
  expect(isPastRetention(story([opened, 0]), START + 9000 * DAY)).toBe(false);
});
