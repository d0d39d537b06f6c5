import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '#contracts/envelope.js';
import { OwnCommits } from './own-commits.js';

const event = (caseId: string, seq: number): Envelope => ({ specversion: '1.0', id: `${caseId}/${seq}`, source: '/tally', type: 'tally.counted.v1', subject: caseId, time: '', caseId, seq, data: {} });
const commit = (txid: number, ...events: readonly Envelope[]) => ({ txid: String(txid), events });
const upTo = (seen: Readonly<Record<string, number>>) => (caseId: string, seq: number): boolean => seq <= (seen[caseId] ?? 0);

describe("a process' own commits", () => {
  it('are done with up to the first of which anything is not, in the order of the log', () => {
    const own = new OwnCommits();
    own.add(commit(9, event('a', 1)));
    own.add(commit(12, event('b', 1), event('b', 2)));
    own.add(commit(10, event('c', 1))); // heard of later than the one it stands before
    own.add(commit(13, event('a', 2)));
    expect(own.doneWith(upTo({ a: 2, b: 2, c: 1 }))).toEqual([9n, 10n, 12n, 13n]);
    expect(own.doneWith(upTo({ a: 2, b: 1, c: 1 }))).toEqual([9n, 10n]);
    expect(own.doneWith(upTo({ a: 2, b: 2 }))).toEqual([9n]);
    expect(own.doneWith(upTo({}))).toEqual([]);
  });

  it('are forgotten where they were passed, and all when there are too many', () => {
    const own = new OwnCommits();
    for (const txid of [9, 10, 12]) own.add(commit(txid, event(`at ${txid}`, 1)));
    own.dropUpTo(11n);
    expect(own.doneWith(() => true)).toEqual([12n]);
    own.dropUpTo(12n);
    expect(own.doneWith(() => true)).toEqual([]);
    for (let txid = 1; txid <= 4097; txid++) own.add(commit(txid, event(`at ${txid}`, 1)));
    expect(own.doneWith(() => true)).toEqual([4097n]);
  });
});
