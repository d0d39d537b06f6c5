import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet } from 'jose';
import { targetOf } from '#contracts/bundles/index.js';
import type { Act } from '../domain/case-file.js';
import { ReceiptSigner } from './receipt-signer.js';
import { receiptOf, recordId } from './receipt.js';

const caseId = '0190a000-0000-7000-8000-00000000000c';
const act: Act = { seq: 3, at: Date.parse('2026-03-02T15:00:00Z'), by: { partyId: '0190a000-0000-7000-8000-000000000001', personId: 'parent-2', capacity: 'assisted' }, decisions: [{ target: 'child-benefits', decision: 'granted', notice: 'child-benefits.v1', language: 'fr-CA', expiresAt: Date.parse('2027-03-02T15:00:00Z') }] };
const receipt = receiptOf(caseId, act, act.decisions[0]!, targetOf('birth', 'child-benefits')!);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tou-receipts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const signer = () => new ReceiptSigner(join(folder, 'receipts.json'));
const verify = async (jws: string, by: ReceiptSigner) => JSON.parse(new TextDecoder().decode((await compactVerify(jws, createLocalJWKSet({ keys: [...(await by.jwks()).keys] }))).payload)) as unknown;

describe('a consent receipt', () => {
  it('has the fields of ISO/IEC TS 27560: who, when, which notice in which language, what for, which data, until when', () => {
    expect(receipt).toEqual({
      schema_version: 'ISO/IEC TS 27560:2023', record_id: recordId(caseId, act, act.decisions[0]!), pii_principal_id: `${caseId}/parent-2`,
      pii_processing: [{
        privacy_notice: '/v1/notices/child-benefits.v1', language: 'fr-CA',
        purposes: [{
          purpose: 'assess-child-benefits', lawful_basis: 'consent', pii_information: targetOf('birth', 'child-benefits')!.shares.map((field) => ({ pii_type: field })),
          recipient_third_parties: ['child-benefits'], withdrawal_method: 'PUT /v1/cases/{reference}/consents/child-benefits', jurisdiction: 'CA',
        }],
      }],
      events: [{ event_time: '2026-03-02T15:00:00.000Z', event_type: 'explicit', event_state: 'consent given', entity_id: act.by.partyId, capacity: 'assisted', validity_until: '2027-03-02T15:00:00.000Z' }],
    });
  });

  it('is signed so that anyone can verify it from the published keys', async () => {
    const by = signer();
    expect(await verify(await by.sign(receipt), by)).toEqual(JSON.parse(JSON.stringify(receipt)));
  });

  it('that was changed does not verify, and a key of somebody else does not either', async () => {
    const by = signer();
    const [header, , signature] = (await by.sign(receipt)).split('.') as [string, string, string];
    const changed = Buffer.from(JSON.stringify({ ...receipt, record_id: 'x' })).toString('base64url');
    await expect(verify(`${header}.${changed}.${signature}`, by)).rejects.toThrow();
    await expect(verify(await new ReceiptSigner(join(folder, 'other.json')).sign(receipt), by)).rejects.toThrow();
  });

  it('still verifies after its key was retired, also after a restart; and a retired key signs nothing more', async () => {
    const by = signer();
    const before = await by.sign(receipt);
    by.rotate();
    const after = await by.sign(receipt);
    const restarted = signer();
    for (const jws of [before, after]) expect(await verify(jws, restarted)).toMatchObject({ record_id: receipt.record_id });
    expect((await restarted.jwks()).keys).toHaveLength(2);
    expect((JSON.parse(readFileSync(join(folder, 'receipts.json'), 'utf8')) as { retired: object[] }).retired.every((key) => !('d' in key))).toBe(true);
  });

  it('is published without its secret', async () => {
    for (const key of (await signer().jwks()).keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});
