/** The people of the sandbox: who can sign in, and what the registers know of them. Every name and number is made up. */
export interface SandboxPerson {
  /** What `npm run token -- NAME` and the samples call them; also the subject of their sign-in. */
  readonly id: string;
  readonly given: readonly string[];
  readonly family: string;
  readonly birthDate: string;
  /** Province or territory of birth, or a country (ISO 3166-1) for people born abroad, whom IRCC (`ca`) confirms. */
  readonly born: string;
  readonly roles?: readonly string[];
  /** The strength of their sign-in; loa2 when absent. */
  readonly acr?: 'loa1' | 'loa2' | 'loa3';
  readonly locale?: 'en-CA' | 'fr-CA';
  /** Where the register's own record differs from what the person tells. */
  readonly onRegister?: { readonly birthDate?: string; readonly given?: readonly string[] };
  /** No register knows them. */
  readonly unknown?: true;
  readonly about: string;
}

export const PEOPLE: readonly SandboxPerson[] = [
  { id: 'olivia', given: ['Olivia', 'Grace'], family: 'Tremblay-Okafor', birthDate: '1993-05-14', born: 'ca-on', about: 'gave birth in Toronto; reports everything' },
  { id: 'noah', given: ['Noah', 'Emeka'], family: 'Okafor', birthDate: '1991-11-02', born: 'NG', about: 'Olivia’s partner; born abroad' },
  { id: 'marguerite', given: ['Marguerite'], family: 'Lavoie-Côté', birthDate: '1990-02-17', born: 'ca-qc', locale: 'fr-CA', about: 'gave birth in Québec City' },
  { id: 'etienne', given: ['Étienne'], family: 'Côté', birthDate: '1988-09-30', born: 'ca-qc', locale: 'fr-CA', about: 'Marguerite’s husband' },
  { id: 'hannah', given: ['Hannah', 'Mei'], family: 'Wong', birthDate: '1995-07-08', born: 'ca-bc', about: 'single mother in Vancouver' },
  { id: 'siku', given: ['Siku'], family: 'Nanuqsie', birthDate: '1997-01-23', born: 'ca-nu', about: 'gave birth in Iqaluit' },
  { id: 'camille', given: ['Camille'], family: 'Bergeron', birthDate: '1992-03-21', born: 'ca-qc', locale: 'fr-CA', about: 'lives in Gatineau, gave birth in Ottawa' },
  { id: 'liam', given: ['Liam'], family: 'O’Connor-Doyle', birthDate: '1990-06-12', born: 'ca-on', about: 'Camille’s partner' },
  { id: 'priya', given: ['Priya'], family: 'Raman', birthDate: '1989-12-01', born: 'IN', about: 'had twins in Winnipeg; born abroad' },
  { id: 'arjun', given: ['Arjun'], family: 'Raman', birthDate: '1987-04-19', born: 'ca-mb', about: 'Priya’s husband' },
  { id: 'tomas', given: ['Tomás'], family: 'Herrera-Ruiz', birthDate: '1986-08-23', born: 'ca-ab', about: 'father alone with his child in Calgary' },
  { id: 'freya', given: ['Freya'], family: 'Lindqvist', birthDate: '1991-01-09', born: 'ca-sk', about: 'gave birth in Saskatoon; two mothers' },
  { id: 'jo', given: ['Josephine'], family: 'Adeyemi', birthDate: '1990-10-10', born: 'ca-ns', about: 'Freya’s wife' },
  { id: 'beth', given: ['Elizabeth', 'Anne'], family: 'MacIsaac', birthDate: '1994-04-04', born: 'ca-ns', about: 'gave birth in Halifax; refuses one consent' },
  { id: 'daniel', given: ['Daniel'], family: 'Fraser', birthDate: '1992-02-02', born: 'ca-nb', about: 'reports a birth in Moncton; Chloé signs later' },
  { id: 'chloe', given: ['Chloé'], family: 'Arsenault', birthDate: '1993-03-03', born: 'ca-nb', locale: 'fr-CA', about: 'Daniel’s partner; signs a day later' },
  { id: 'peter', given: ['Peter'], family: 'Gallant', birthDate: '1989-05-05', born: 'ca-pe', about: 'reports a birth in Charlottetown; Ruth never signs' },
  { id: 'ruth', given: ['Ruth'], family: 'Gallant', birthDate: '1990-06-06', born: 'ca-pe', about: 'Peter’s wife' },
  { id: 'mei', given: ['Mei Lin'], family: 'Zhou', birthDate: '1996-09-09', born: 'CN', about: 'temporary resident; gave birth in Toronto' },
  { id: 'wei', given: ['Wei'], family: 'Zhou', birthDate: '1994-08-08', born: 'CN', about: 'Mei Lin’s husband' },
  { id: 'grace', given: ['Grace'], family: 'Penney', birthDate: '1988-07-17', born: 'ca-nl', about: 'bereaved mother in St. John’s' },
  { id: 'dakota', given: ['Dakota'], family: 'Longstaff', birthDate: '1995-11-11', born: 'ca-ab', about: 'gave birth in Lethbridge; the hospital’s notice is late' },
  { id: 'amara', given: ['Amara'], family: 'Diallo', birthDate: '1992-12-12', born: 'SN', locale: 'fr-CA', about: 'gave birth in Whitehorse; born abroad, permanent resident' },
  { id: 'fatima', given: ['Fatima'], family: 'Haddad', birthDate: '1990-01-30', born: 'SY', about: 'two months in the country; an agent helps her' },
  { id: 'ivy', given: ['Ivy'], family: 'Sinclair', birthDate: '1993-10-13', born: 'ca-mb', about: 'gave birth in Winnipeg; her address is protected' },
  { id: 'nora', given: ['Nora'], family: 'Whitlock', birthDate: '1992-08-01', born: 'ca-on', onRegister: { birthDate: '1992-08-10' }, about: 'the register has another birth date: a reviewer decides' },
  { id: 'zed', given: ['Zed'], family: 'Quimby', birthDate: '1990-12-31', born: 'ca-on', unknown: true, about: 'no register knows Zed: a reviewer decides' },
  { id: 'nadia', given: ['Nadia'], family: 'Boucher', birthDate: '1980-02-29', born: 'ca-on', roles: ['agent'], about: 'settlement agent; reports beside a parent' },
  { id: 'oscar', given: ['Oscar'], family: 'Pelletier', birthDate: '1979-06-21', born: 'ca-qc', roles: ['operator'], about: 'operator' },
  { id: 'lou', given: ['Lou'], family: 'Marsh', birthDate: '1985-03-15', born: 'ca-on', acr: 'loa1', about: 'signed in without proof of identity' },
];
