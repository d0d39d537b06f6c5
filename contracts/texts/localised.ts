import type { Language } from '../words.js';

export interface LocalisedText {
  readonly en: string;
  readonly fr: string;
}
export const inLanguage = (text: LocalisedText, language: Language): string => (language === 'fr-CA' ? text.fr : text.en);
