import { Cases } from '#contracts/apis/cases.js';
import { AdapterCatalogue } from '#contracts/apis/catalogue.js';
import { Planner } from '#contracts/apis/planner.js';
import type { ServiceName } from '#contracts/apis/routes.js';
import { Vault } from '#contracts/apis/vault.js';

/** How one question travels where JSON alone does not say it. */
export interface Question {
  /** `list`: the first argument is a list, which may travel in parts; the answers are put together again. */
  readonly asks: 'whole' | 'list';
  readonly answers: 'nothing' | 'value' | 'list' | 'map';
  /** Every item carries an id of this asking, so that asking twice counts once. */
  readonly attempts?: true;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any question: its own types are the contract's
type AnyQuestion = (...args: any[]) => Promise<unknown>;
/** The methods of a contract. */
export type QuestionsOf<T> = { readonly [K in keyof T]: T[K] extends AnyQuestion ? K : never }[keyof T] & string;

/** A contract of contracts/apis as it is asked over HTTP. */
export interface Door<T extends object = object> {
  /** In addresses, tokens and deploy/access.yml. */
  readonly name: string;
  readonly service: ServiceName;
  /** The contract, which is also the injection token. */
  readonly contract: abstract new () => T;
  readonly questions: { readonly [Q in QuestionsOf<T>]: Question };
  /** What its client says of itself that differs from the contract's default. */
  readonly overHttp?: Partial<T>;
}

const value = { asks: 'whole', answers: 'value' } as const;
const list = { asks: 'whole', answers: 'list' } as const;
const deposit = { asks: 'list', answers: 'nothing' } as const;
const eachOf = { asks: 'list', answers: 'list' } as const;
const mapOf = { asks: 'list', answers: 'map' } as const;

export const casesDoor: Door<Cases> = {
  name: 'cases', service: 'intake', contract: Cases,
  questions: { find: value, mine: list, siblings: list, parties: list, byReference: value, references: mapOf },
};

export const vaultDoor: Door<Vault> = {
  name: 'vault', service: 'consent', contract: Vault, overHttp: { commitsFirst: true },
  questions: {
    deposit, changes: eachOf, compare: eachOf, planningFacts: mapOf, release: { ...eachOf, attempts: true }, releaseIdentity: { ...eachOf, attempts: true },
    depositYields: deposit, people: eachOf, whoIs: list, decide: { asks: 'whole', answers: 'nothing' }, registerAgreements: deposit,
  },
};

export const plannerDoor: Door<Planner> = { name: 'planner', service: 'bundling', contract: Planner, questions: { preview: list } };

export const catalogueDoor: Door<AdapterCatalogue> = { name: 'catalogue', service: 'adapters', contract: AdapterCatalogue, questions: { cards: list } };

/** Every door there is. */
export const doors: readonly Door[] = [casesDoor, vaultDoor, plannerDoor, catalogueDoor];
