import { hash, randomBytes } from 'node:crypto';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

const format = (b: Uint8Array): string => {
  let s = '';
  for (let i = 0; i < 16; i++) {
    s += HEX[b[i]!]!;
    if (i === 3 || i === 5 || i === 7 || i === 9) s += '-';
  }
  return s;
};

/** The value of a hexadecimal digit by its character; negative for what is none. */
const DIGIT = Int8Array.from({ length: 128 }, (_, c) => (/[0-9a-f]/i.test(String.fromCharCode(c)) ? parseInt(String.fromCharCode(c), 16) : -1));
const digitAt = (text: string, place: number): number => DIGIT[text.charCodeAt(place)] ?? -1;
const HYPHEN = '-'.charCodeAt(0);
const isHyphened = (id: string): boolean =>
  id.length === 36 && id.charCodeAt(8) === HYPHEN && id.charCodeAt(13) === HYPHEN && id.charCodeAt(18) === HYPHEN && id.charCodeAt(23) === HYPHEN;
/** Where the bytes of an id begin in it: with hyphens, and without. */
const HYPHENED = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const BARE = HYPHENED.map((_, i) => 2 * i);

/** Puts the sixteen bytes of an id at `at`. Throws RangeError for what is no id. */
export const putUuid = (into: Buffer, id: string, at: number): void => {
  const places = isHyphened(id) ? HYPHENED : BARE;
  let all = places === HYPHENED || id.length === 32 ? 0 : -1;
  for (let i = 0; i < 16; i++) {
    const place = places[i]!;
    const high = digitAt(id, place);
    const low = digitAt(id, place + 1);
    all |= high | low;
    into[at + i] = (high << 4) | low;
  }
  if (all < 0) throw new RangeError(`${id} is no id`);
};

let pool = randomBytes(4096);
let used = 0;
/** Random bytes from a pool, each handed out once. A secret has a draw of its own: what is left of a pool lies in memory. */
export const random = (n: number): Uint8Array => {
  if (used + n > pool.length) {
    pool = randomBytes(4096);
    used = 0;
  }
  used += n;
  return pool.subarray(used - n, used);
};

/** UUID version 7 (RFC 9562): time-ordered, so that keys stay together in an index. */
export const uuidv7 = (now: number = Date.now()): string => {
  const b = new Uint8Array(16);
  b.set(random(10), 6);
  b[0] = (now / 2 ** 40) & 0xff;
  b[1] = (now / 2 ** 32) & 0xff;
  b[2] = (now >>> 24) & 0xff;
  b[3] = (now >>> 16) & 0xff;
  b[4] = (now >>> 8) & 0xff;
  b[5] = now & 0xff;
  b[6] = (b[6]! & 0x0f) | 0x70;
  b[8] = (b[8]! & 0x3f) | 0x80;
  return format(b);
};

/** UUID version 5 (RFC 9562) of a name in a namespace: the same name gives the same id on every machine. */
export const uuidv5 = (namespace: string, name: string): string => {
  const bytes = Buffer.allocUnsafe(16 + Buffer.byteLength(name));
  putUuid(bytes, namespace, 0);
  bytes.write(name, 16);
  const h = hash('sha1', bytes);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-${'89ab'[parseInt(h[16]!, 16) & 3]!}${h.slice(17, 20)}-${h.slice(20, 32)}`;
};

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHECK = `${CROCKFORD}*~$=U`;

const checkOf = (body: string): string => {
  let rest = 0;
  for (const c of body) rest = (rest * 32 + CROCKFORD.indexOf(c)) % 37;
  return CHECK[rest]!;
};

/** `length` random characters of Crockford's alphabet (5 bits each). */
export const crockford = (length: number): string => {
  let text = '';
  for (const b of random(length)) text += CROCKFORD[b & 31]!;
  return text;
};

/**
 * A public case reference: 12 random Crockford characters and a check character, drawn until the check is itself a letter or
 * digit so that it can be said by telephone; written in groups: `7K3M-9QXT-2VHB-C`.
 */
export const newReference = (): string => {
  for (;;) {
    const body = crockford(12);
    const check = checkOf(body);
    if (CROCKFORD.includes(check)) return `${body.slice(0, 4)}-${body.slice(4, 8)}-${body.slice(8)}-${check}`;
  }
};

/** Reads a reference as people write it (spaces, lower case, O for 0, I or L for 1); undefined when it cannot be one. */
export const parseReference = (written: string): string | undefined => {
  const plain = written.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{13}$/.test(plain) || checkOf(plain.slice(0, 12)) !== plain[12]) return undefined;
  return `${plain.slice(0, 4)}-${plain.slice(4, 8)}-${plain.slice(8, 12)}-${plain[12]}`;
};
