import { beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseAnswer, ReleaseRequest, Vault } from '#contracts/apis/vault.js';
import type { Unit } from '#libs/persistence/index.js';
import type { AgencyDelivery } from '#libs/transports/index.js';
import { ReleaseDesk } from './release-desk.js';

const request: ReleaseRequest = { caseId: '0190a000-0000-7000-8000-000000000001', deliveryId: '0190a000-0000-5000-8000-00000000000a', target: 'sin', programme: 'ca/sin', kind: 'tell', revision: 1 };

describe('the desk that asks for releases', () => {
  let released: number;
  let make: () => void;
  let commit: () => void;
  const deskOf = (commitsFirst = false): ReleaseDesk => new ReleaseDesk({
    commitsFirst, release: async (list: readonly ReleaseRequest[]) => list.map(({ deliveryId }): ReleaseAnswer => ({ deliveryId, released: true, shared: {}, agreement: String(++released) })),
  } as unknown as Vault);
  const unit = { within: (call: () => unknown) => call(), whileCommitting: (then: () => void) => (make = then), afterCommit: (then: () => void) => (commit = then) } as unknown as Unit;
  const documentsOf = (answers: readonly ReleaseAnswer[]): readonly (AgencyDelivery | undefined)[] => answers.map((answer) => (answer.released ? ({ agreement: answer.agreement } as AgencyDelivery) : undefined));
  const agreementOf = async (desk: ReleaseDesk): Promise<string> => ((await desk.ask(request)).answer as Extract<ReleaseAnswer, { released: true }>).agreement;
  beforeEach(() => {
    [released, make, commit] = [0, () => undefined, () => undefined];
  });

  it('uses once what was released in the transaction that decided it, and asks again for the next try', async () => {
    const desk = deskOf();
    await desk.prepare(unit, [request], documentsOf);
    commit();
    expect([await agreementOf(desk), await agreementOf(desk)]).toEqual(['1', '2']);
  });

  it('hands over with it what was made of it while it was committed', async () => {
    const desk = deskOf();
    await desk.prepare(unit, [request], documentsOf);
    make();
    commit();
    expect(await desk.ask(request)).toMatchObject({ answer: { agreement: '1' }, document: { agreement: '1' } });
    expect(await desk.ask(request)).toEqual({ answer: expect.objectContaining({ agreement: '2' }) });
  });

  it('uses nothing of a transaction that was not committed', async () => {
    const desk = deskOf();
    await desk.prepare(unit, [request], documentsOf);
    expect(await agreementOf(desk)).toBe('2');
  });

  it('asks anew after a second: consent may have been withdrawn since', async () => {
    const desk = deskOf();
    await desk.prepare(unit, [request], documentsOf);
    commit();
    await sleep(1050);
    expect(await agreementOf(desk)).toBe('2');
  });

  it('releases nothing beforehand where a release is kept whatever becomes of the transaction', async () => {
    await deskOf(true).prepare(unit, [request], documentsOf);
    expect(released).toBe(0);
  });
});
