export type { Confirmation, FieldWord, Question, Resolution } from './authorities.js';
export type { Fault } from './faults.js';
export type { LedgerLine } from './ledger.js';
export { PEOPLE, type SandboxPerson } from './people.js';
export type { Answer, Profile } from './programmes.js';
export { startSandbox, type Sandbox, type SandboxOptions } from './sandbox.js';
export { signIn, UnknownPersona, type SignInOptions } from './sign-in.js';
