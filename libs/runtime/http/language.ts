import type { Language } from '#contracts/words.js';

/** The language a caller prefers by Accept-Language (RFC 9110, q-values); English when neither of ours is named. */
export const preferredLanguage = (acceptLanguage: string | undefined): Language => {
  let best: { language: Language; q: number } | undefined;
  for (const range of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const match = /^\s*(en|fr|\*)(?:-[a-z0-9]+)*\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?))?\s*$/i.exec(range);
    const q = Number(match?.[2] ?? 1);
    if (match && q > (best?.q ?? 0)) best = { language: match[1]!.toLowerCase() === 'fr' ? 'fr-CA' : 'en-CA', q };
  }
  return best?.language ?? 'en-CA';
};
