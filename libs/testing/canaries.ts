/** Personal values that must not appear where they do not belong, looked for in every way a text is commonly written. */
export interface Canary {
  readonly kind: string;
  readonly value: string;
}
export interface Hit extends Canary {
  readonly encoding: string;
  readonly around: string;
}

const utf8 = (value: string): Buffer => Buffer.from(value, 'utf8');
/** Inside a longer base64 text a value stands at one of three offsets; its first and last characters depend on its neighbours and are cut. */
const base64At = (value: string, offset: 0 | 1 | 2): string => {
  const text = Buffer.concat([Buffer.alloc(offset), utf8(value)]).toString('base64').replace(/=+$/, '');
  return text.slice(Math.ceil((offset * 8) / 6), -1);
};
const everyByte = (value: string, write: (byte: number) => string): string => [...utf8(value)].map(write).join('');
const hex = (n: number, length: number): string => n.toString(16).padStart(length, '0');

export const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (v) => v,
  decomposed: (v) => v.normalize('NFD'),
  'without accents': (v) => v.normalize('NFD').replaceAll(/\p{M}/gu, ''),
  'without spaces': (v) => v.replaceAll(/[\s-]/g, ''),
  'JSON escapes': (v) => [...v].map((c) => (c.charCodeAt(0) > 126 ? [...Array(c.length).keys()].map((i) => `\\u${hex(c.charCodeAt(i), 4)}`).join('') : c)).join(''),
  'percent-encoded': (v) => encodeURIComponent(v),
  'form-encoded': (v) => encodeURIComponent(v).replaceAll('%20', '+'),
  hex: (v) => everyByte(v, (b) => hex(b, 2)),
  'escaped bytes': (v) => everyByte(v, (b) => (b > 126 ? `\\x${hex(b, 2)}` : String.fromCharCode(b))),
  'HTML entities': (v) => [...v].map((c) => (c.codePointAt(0)! > 126 ? `&#${c.codePointAt(0)!};` : c)).join(''),
  base64: (v) => base64At(v, 0),
  'base64, one byte on': (v) => base64At(v, 1),
  'base64, two bytes on': (v) => base64At(v, 2),
};
const caseless = (encoding: string): boolean => !encoding.startsWith('base64');
/** Shorter than this nothing is looked for; by so many characters needles are told apart. */
const PREFIX = 6;
/** A few letters and digits stand by chance in any longer row of them (an id, a number): only by themselves do they mean anything. */
const MUST_STAND_ALONE = /^[a-z0-9]{1,11}$/;
const isWordy = (character: string | undefined): boolean => character !== undefined && /[a-z0-9]/i.test(character);

interface Needle { readonly canary: Canary; readonly encoding: string; readonly text: string }

/** Looks for many values in long texts: the time grows with the text, hardly with the values. */
export class CanaryScanner {
  private readonly folded = new Map<string, Needle[]>();
  private readonly exact = new Map<string, Needle[]>();

  constructor(canaries: readonly Canary[]) {
    for (const canary of canaries) {
      const known = new Set<string>();
      for (const [encoding, write] of Object.entries(ENCODINGS)) {
        const text = caseless(encoding) ? write(canary.value).toLowerCase() : write(canary.value);
        if (text.length < PREFIX || known.has(text)) continue;
        known.add(text);
        const needles = caseless(encoding) ? this.folded : this.exact;
        const prefix = text.slice(0, PREFIX);
        needles.set(prefix, [...(needles.get(prefix) ?? []), { canary, encoding, text }]);
      }
    }
  }

  /** Each value and encoding once. */
  scan(text: string): readonly Hit[] {
    const once = text.replaceAll(/\\{2,}/g, '\\'); // what was escaped again on its way, in a JSON string or a row
    const found = new Map<string, Hit>();
    for (const haystack of new Set([text.toLowerCase(), once.toLowerCase()])) this.search(haystack, this.folded, found);
    for (const haystack of new Set([text, text.replaceAll('-', '+').replaceAll('_', '/')])) this.search(haystack, this.exact, found);
    return [...found.values()];
  }

  private search(haystack: string, needles: ReadonlyMap<string, readonly Needle[]>, found: Map<string, Hit>): void {
    if (needles.size === 0) return;
    for (let at = 0; at + PREFIX <= haystack.length; at++) {
      for (const { canary, encoding, text } of needles.get(haystack.slice(at, at + PREFIX)) ?? []) {
        if (!haystack.startsWith(text, at)) continue;
        if (MUST_STAND_ALONE.test(text) && (isWordy(haystack[at - 1]) || isWordy(haystack[at + text.length]))) continue;
        const key = `${canary.value} ${encoding}`;
        if (!found.has(key)) found.set(key, { ...canary, encoding, around: haystack.slice(Math.max(0, at - 30), at + 30) });
      }
    }
  }
}
