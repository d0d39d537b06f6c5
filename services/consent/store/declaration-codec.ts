import { deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import type { BirthDeclaration } from '#contracts/notifications/birth.js';

/**
 * What declarations are made of besides what a person told: names of fields and closed words, by which they are packed to a third before they
 * are sealed. For good: a declaration at rest names the words it was packed with, and another set is another number.
 */
const WORDS: Readonly<Record<number, string>> = {
  1: '"stillbirth""F""M""X""protected-person""temporary-resident""none""unknown""long-form""promoter":"indianRegistration":true,"circumstances":["address-protected"]'
    + '"multipleBirth":{"count":2,"order":1}"telephone":"+1 "country":"ca-yt""ca-nu""ca-nt""ca-pe""ca-nl""ca-nb""ca-ns""ca-sk""ca-mb""ca-ab""ca-bc""refused"'
    + '"romanised":"education-savings","decision":"granted","notice":"education-savings.v1","language":"en-CA"},{"target":"health-card","decision":"granted","notice":"health-card.v1",'
    + '"permanent-resident","sin":"","healthNumber":{"jurisdiction":"ca-on","number":"@gmail.com"}},'
    + '{"lifeEvent":"birth","birth":{"outcome":"live-birth","date":"2026-","time":"","jurisdiction":"ca-qc","municipality":"Toronto","facility":"hotel-dieu-'
    + '"},"child":{"names":{"given":["","family":"},"sex":"F"},"parents":[{"id":"parent-1","role":"gave-birth","names":{"given":["","family":"},"birthDate":"19'
    + '","birthPlace":{"jurisdiction":"ca-qc"},"legalStatus":"citizen"},{"id":"parent-2","role":"parent","names":{"given":[""],"family":""},"birthDate":"199'
    + '}],"notifier":"parent-1","residence":{"line":"1, rue Street","municipality":"","jurisdiction":"ca-on","postalCode":"'
    + '"},"contact":{"language":"fr-CA","email":"@example.org"},"choices":{"certificate":"short-form"},"decisions":[{"target":"birth-certificate","decision":"granted","notice":"birth-certificate.v1",'
    + '"language":"fr-CA"},{"target":"sin","decision":"granted","notice":"sin.v1","language":"fr-CA"},{"target":"child-benefits","decision":"granted","notice":"child-benefits.v1",'
    + '"language":"en-CA"},{"target":"family-allowance","decision":"granted","notice":"family-allowance.v1","language":"fr-CA"},{"target":"health-card","decision":"granted","notice":"health-card.v1","language":"fr-CA"}]}',
};
const CURRENT = 1;
/** A window of 4 kB holds the words and a long report; a packed report fits into one chunk of 1 kB, where zlib would take 16. */
const options = (words: number): ZlibOptions => {
  const dictionary = WORDS[words];
  if (dictionary === undefined) throw new Error(`a declaration packed with words ${words}, which this build does not have`);
  return { level: 1, windowBits: 12, memLevel: 4, chunkSize: 1024, dictionary: Buffer.from(dictionary), info: true };
};
const known = new Map<number, ZlibOptions>();
const optionsOf = (words: number): ZlibOptions => {
  const made = known.get(words) ?? options(words);
  known.set(words, made);
  return made;
};

/**
 * What zlib made, without what it made it in: Node's zlib objects live until the next major collection, and with them the chunk they wrote to, a view of
 * the 64 kB Node hands out buffers from. After 64 MB of those V8 collects everything there is (`external memory pressure`): every 1,700 cases, before.
 */
const withoutChunk = (made: unknown): Buffer => {
  const { buffer, engine } = made as { buffer: Buffer; engine: { _outBuffer?: unknown } };
  engine._outBuffer = undefined;
  return buffer;
};

const JSON_BEGINS = '{'.charCodeAt(0);

/** The number of the words, then the deflated JSON. */
export const packDeclaration = (declaration: BirthDeclaration): Buffer => Buffer.concat([Buffer.of(CURRENT), withoutChunk(deflateRawSync(JSON.stringify(declaration), optionsOf(CURRENT)))]);

/** Earlier builds sealed the JSON itself. */
export const unpackDeclaration = (plain: Buffer): BirthDeclaration =>
  JSON.parse((plain[0] === JSON_BEGINS ? plain : withoutChunk(inflateRawSync(plain.subarray(1), optionsOf(plain[0]!)))).toString()) as BirthDeclaration;
