import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { JWK } from 'jose';
import { ALGORITHMS, verifyJws } from './jws.js';

interface Vector { readonly tcId: number; readonly jws: unknown; readonly result: 'valid' | 'invalid' }
interface Group { readonly public?: JWK; readonly private?: JWK; readonly tests: readonly Vector[] }

const { testGroups } = JSON.parse(readFileSync(new URL('vectors/wycheproof_json_web_signature_test.json', import.meta.url), 'utf8')) as { testGroups: readonly Group[] };
const vectors = testGroups.flatMap((group) => group.tests.map((test) => ({ ...test, key: (group.public ?? group.private)! })));

/** The general JSON serialization is no bearer token: only strings can be. */
const accepts = async ({ jws, key }: { jws: unknown; key: JWK }): Promise<boolean> => {
  if (typeof jws !== 'string') return false;
  return verifyJws(jws, key).then(() => true, () => false);
};
const algOf = (jws: unknown): string => (JSON.parse(Buffer.from(String(jws).split('.')[0]!, 'base64url').toString()) as { alg: string }).alg;
const accepted = async (some: typeof vectors): Promise<number[]> => {
  const answers = await Promise.all(some.map(async (v) => ({ tcId: v.tcId, ok: await accepts(v) })));
  return answers.filter(({ ok }) => ok).map(({ tcId }) => tcId);
};

describe('the signatures of project Wycheproof', () => {
  const invalid = vectors.filter((v) => v.result === 'invalid');
  const valid = vectors.filter((v) => v.result === 'valid');
  const ours = valid.filter(({ jws }) => (ALGORITHMS as readonly string[]).includes(algOf(jws)));

  it('refuses every one of the 355 forged or malformed tokens', async () => {
    expect(invalid).toHaveLength(355);
    expect(await accepted(invalid)).toEqual([]);
  });

  it('accepts every genuine token of an algorithm we allow', async () => {
    expect(ours.length).toBeGreaterThan(15);
    expect(await accepted(ours)).toEqual(ours.map(({ tcId }) => tcId));
  });

  it('refuses a genuine signature of any other algorithm, or one its key was not made for (346 and 350)', async () => {
    const others = valid.filter((v) => !ours.includes(v));
    expect(others.map(({ tcId }) => tcId)).toEqual(expect.arrayContaining([1, 346, 350]));
    expect(await accepted(others)).toEqual([]);
  });
});
