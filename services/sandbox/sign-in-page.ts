import { PEOPLE, type SandboxPerson } from './people.js';

export type PageLanguage = 'en' | 'fr';

const TEXTS = {
  en: {
    title: 'Sign in to the sandbox', who: 'Who are you today?', button: 'Sign in', other: 'Français',
    note: 'These people are made up. Nothing here reaches a real government, and no password is asked.',
    born: 'born', weak: 'identity not proven', gone: 'This sign-in has ended. Go back to where you came from and start again.', goneTitle: 'Start again', nobody: 'Choose a person.',
  },
  fr: {
    title: 'Ouvrir une session dans le bac à sable', who: 'Qui êtes-vous aujourd’hui?', button: 'Ouvrir une session', other: 'English',
    note: 'Ces personnes sont inventées. Rien ici n’atteint un vrai gouvernement, et aucun mot de passe n’est demandé.',
    born: 'naissance :', weak: 'identité non prouvée', gone: 'Cette ouverture de session est terminée. Revenez d’où vous venez et recommencez.', goneTitle: 'Recommencez', nobody: 'Choisissez une personne.',
  },
} as const;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' };
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => ESCAPES[c]!);

const STYLE = `body{font:1.125rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
fieldset{border:0;margin:0;padding:0}legend{font-size:1.25rem;font-weight:700;margin-bottom:.5rem}label{display:flex;gap:.75rem;padding:.5rem;min-height:2.75rem;align-items:baseline}
label:hover{background:#f1f2f3}small{color:#4d4d4d;font-size:1rem;display:block}input{width:1.25rem;height:1.25rem;flex:none}a{color:#26374a}
button{font:inherit;padding:.6rem 1.5rem;background:#26374a;color:#fff;border:0;margin-top:1rem}:focus-visible{outline:3px solid #0535d2;outline-offset:2px}
.error{border-left:4px solid #a62a1e;padding-left:.75rem;font-weight:700}nav{text-align:right}`;

const page = (language: PageLanguage, title: string, body: string): string =>
  `<!doctype html><html lang="${language}-CA"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escape(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>`;

const choice = (t: (typeof TEXTS)[PageLanguage], { id, given, family, birthDate, acr, roles, about }: SandboxPerson, chosen: boolean): string => {
  // What each person is for is written for whoever tries the product, in English only.
  const facts = [`${t.born} ${birthDate}`, ...(roles ?? []), ...(acr === 'loa1' ? [t.weak] : [])].join(' · ');
  return `<label><input type="radio" name="persona" value="${escape(id)}" required${chosen ? ' checked' : ''}><span><strong>${escape([...given, family].join(' '))}</strong> <small>${escape(facts)}</small> <small lang="en">${escape(about)}</small></span></label>`;
};

export interface SignInPage {
  readonly language: PageLanguage;
  /** Person already chosen, by id. */
  readonly chosen?: string | undefined;
  /** The form came back without anybody chosen. */
  readonly isMissing?: boolean;
}

/** The whole sign-in: choose who you are. Works without JavaScript. */
export const signInPage = ({ language, chosen, isMissing = false }: SignInPage): string => {
  const t = TEXTS[language];
  const other = language === 'en' ? 'fr' : 'en';
  return page(language, isMissing ? `${t.nobody} – ${t.title}` : t.title, `<nav><a href="?lang=${other}" lang="${other}-CA" hreflang="${other}-CA">${t.other}</a></nav><main><h1>${t.title}</h1><p>${t.note}</p>${isMissing ? `<p class="error" role="alert">${t.nobody}</p>` : ''}<form method="post"><fieldset><legend>${t.who}</legend>${PEOPLE.map((p) => choice(t, p, p.id === chosen)).join('')}</fieldset><button type="submit">${t.button}</button></form></main>`);
};

/** The provider no longer knows this sign-in, or was asked something it cannot do. */
export const startAgainPage = (language: PageLanguage): string => {
  const t = TEXTS[language];
  return page(language, t.goneTitle, `<main><h1>${t.goneTitle}</h1><p>${t.gone}</p></main>`);
};
