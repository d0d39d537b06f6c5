import { inflateRawSync } from 'node:zlib';
import type { BirthDeclaration } from '#contracts/notifications/birth.js';

/**
 * Earlier builds packed declarations before they were sealed, by the names of fields and closed words they are made of. It made a quarter of them, and took
 * as long as all else that is done to seal one; they are sealed as they are now (ADR 27). For good: a declaration at rest names the words it was packed with.
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
const unpacked = (packed: Buffer): Buffer => {
  const dictionary = WORDS[packed[0]!];
  if (dictionary === undefined) throw new Error(`a declaration packed with words ${packed[0]}, which this build does not have`);
  return inflateRawSync(packed.subarray(1), { windowBits: 12, dictionary: Buffer.from(dictionary) });
};

const JSON_BEGINS = '{'.charCodeAt(0);

/** As JSON. Decisions that came with it are kept by themselves, and not said twice. */
export const packDeclaration = (declaration: BirthDeclaration): Buffer => Buffer.from(JSON.stringify({ ...declaration, decisions: undefined }));

/** What was packed has the number of its words first. */
export const unpackDeclaration = (plain: Buffer): BirthDeclaration => JSON.parse((plain[0] === JSON_BEGINS ? plain : unpacked(plain)).toString()) as BirthDeclaration;
