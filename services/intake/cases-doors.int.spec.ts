import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Cases } from '#contracts/apis/cases.js';
import { casesDoor } from '#libs/doors/index.js';
import { newReference, uuidv7 } from '#libs/kernel/index.js';
import { KeyFolder, openDoor } from '#libs/testing/open-door.js';
import { openTestDatabase, type TestDatabase } from '#libs/testing/test-database.js';
import { Fingerprints } from './domain/keys.js';
import { CasesOnFile } from './store/cases-on-file.js';
import { Intake1700000000002 } from './store/migrations.js';

const fingerprints = new Fingerprints(Buffer.alloc(32, 7));
const [REFERENCE, TWIN] = [newReference(), newReference()];
const [caseId, twin] = [uuidv7(), uuidv7()];
const [notifier, mother] = [uuidv7(), uuidv7()];

const onFile = async ({ db }: TestDatabase): Promise<void> => {
  const sibling = randomUUID();
  for (const [id, reference, at] of [[caseId, REFERENCE, 1000], [twin, TWIN, 2000]] as const) {
    await db.rows(`insert into intake.case_file (case_id, reference, life_event, opened_at, idempotency, fingerprint, natural_key, near_name, near_date, sibling)
      values ($1, $2, 'birth', $3, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $4)`, [id, reference, at, sibling]);
    await db.rows(`insert into intake.party values ($1, $2, $3, 'notifier', 'parent-1', $4)`, [id, id === caseId ? notifier : uuidv7(), fingerprints.of('subject', 'olivia'), at]);
  }
  await db.rows(`insert into intake.party values ($1, $2, $3, 'agent', null, 3000)`, [caseId, mother, fingerprints.of('subject', 'nadia')]);
};

describe.each(['in the caller’s own process', 'over HTTP'])('the door of the cases, %s', (binding) => {
  const keys = new KeyFolder();
  let cases: Cases;
  let close: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    const database = await openTestDatabase([Intake1700000000002]);
    await onFile(database);
    const own = new CasesOnFile(database.db, fingerprints);
    if (binding === 'over HTTP') ({ client: cases, close } = await openDoor(casesDoor, own, { keys, asker: 'status' }));
    else cases = own;
  }, 60_000);
  afterAll(async () => {
    await close();
    keys.remove();
  });

  it('tells a party how they stand in a case, and anybody else nothing', async () => {
    expect(cases).toBeInstanceOf(Cases);
    expect(await cases.find(REFERENCE, 'olivia')).toEqual({ caseId, reference: REFERENCE, lifeEvent: 'birth', partyId: notifier, role: 'notifier', personId: 'parent-1', openedAt: 1000 });
    expect(await cases.find(REFERENCE.toLowerCase().replaceAll('-', ' '), 'nadia')).toEqual({ caseId, reference: REFERENCE, lifeEvent: 'birth', partyId: mother, role: 'agent', openedAt: 1000 });
    expect(await cases.find(REFERENCE, 'zed')).toBeUndefined();
    expect(await cases.find('no reference', 'olivia')).toBeUndefined();
  });

  it('lists my cases, newest first, and the twins of one', async () => {
    expect((await cases.mine('olivia')).map((s) => s.reference)).toEqual([TWIN, REFERENCE]);
    expect(await cases.mine('zed')).toEqual([]);
    expect(await cases.siblings(caseId, 'olivia')).toEqual([TWIN]);
    expect(await cases.siblings(caseId, 'nadia')).toEqual([]);
  });

  it('knows the parties of a case, and references from both sides', async () => {
    expect(await cases.parties(caseId)).toEqual([{ partyId: notifier, role: 'notifier', personId: 'parent-1' }, { partyId: mother, role: 'agent' }]);
    expect(await cases.byReference(TWIN)).toBe(twin);
    expect(await cases.byReference('no reference')).toBeUndefined();
    const stranger = uuidv7();
    const references = await cases.references([caseId, stranger, twin]);
    expect(references).toBeInstanceOf(Map);
    expect(new Map(references)).toEqual(new Map([[caseId, REFERENCE], [twin, TWIN]]));
    expect(await cases.references([])).toEqual(new Map());
  });
});
