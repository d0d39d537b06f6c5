import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CompactEncrypt, generateSecret, importJWK, type JWK } from 'jose';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExchangeKeys, NoKey, NotOpened } from './exchange-keys.js';

const SUBJECT = 'ca-sk/health-card/deliveries/0190a000-0000-5000-8000-000000000001';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exchange-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const open = (name = 'ours') => ExchangeKeys.open({ keyFile: join(folder, name, 'exchange.json'), publicFolder: join(folder, name, 'keys') });
const published = () => (JSON.parse(readFileSync(join(folder, 'ours/keys/tell-us-once.json'), 'utf8')) as { keys: JWK[] }).keys;

describe('keys exchanged with jurisdictions', () => {
  it('seal to a jurisdiction and its message, and only its own key opens that, under that message', async () => {
    const [us, them] = [await open(), await open('theirs')];
    cpSync(join(folder, 'theirs/keys/tell-us-once.json'), join(folder, 'ours/keys/ca-sk.json'));
    const sealed = await us.seal('ca-sk', SUBJECT, { name: 'Ada' });
    expect(await them.unseal(sealed, SUBJECT)).toEqual({ name: 'Ada' });
    expect(JSON.parse(Buffer.from(sealed.split('.')[0]!, 'base64url').toString())).toMatchObject({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM' });
    await expect(them.unseal(sealed, `${SUBJECT.slice(0, -1)}2`)).rejects.toThrow(NotOpened);
    await expect(us.unseal(sealed, SUBJECT)).rejects.toThrow(NotOpened);
    await expect(them.unseal(`${sealed.slice(0, -4)}AAAA`, SUBJECT)).rejects.toThrow(NotOpened);
  });

  it('are made once, also by two replicas at a time; the secret is for its owner alone and never published', async () => {
    await Promise.all([open(), open(), open()]);
    const before = published();
    await open();
    expect(published()).toEqual(before);
    expect(before).toMatchObject([{ kty: 'EC', crv: 'P-256', use: 'enc', kid: expect.any(String) }]);
    expect(before[0]).not.toHaveProperty('d');
    expect(statSync(join(folder, 'ours/exchange.json')).mode & 0o777).toBe(0o600);
  });

  it('say so when a receiver has published none', async () => {
    await expect((await open()).seal('ca-sk', SUBJECT, {})).rejects.toThrow(NoKey);
  });

  it('take no algorithm from a header but ours', async () => {
    const us = await open();
    const [key] = published();
    const body = Buffer.from('{}');
    const sealed = (enc: string, to = key!) => importJWK(to, 'ECDH-ES').then((k) => new CompactEncrypt(body).setProtectedHeader({ alg: 'ECDH-ES', enc, kid: key!.kid!, sub: SUBJECT }).encrypt(k));
    await expect(us.unseal(await sealed('A256GCM'), SUBJECT)).rejects.toThrow(NotOpened);
    const secret = await generateSecret('A256KW');
    const other = await new CompactEncrypt(body).setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: key!.kid!, sub: SUBJECT }).encrypt(secret);
    await expect(us.unseal(other, SUBJECT)).rejects.toThrow(NotOpened);
    await expect(us.unseal('not.a.jwe.at.all', SUBJECT)).rejects.toThrow(NotOpened);
  });
});
