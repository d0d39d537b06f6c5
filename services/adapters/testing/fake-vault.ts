import { Vault, type AgreementRecord, type ReleaseAnswer, type ReleaseRequest } from '#contracts/apis/vault.js';

type Deposited = Parameters<Vault['depositYields']>[0][number];
const notAsked = (): never => {
  throw new Error('adapters never ask the vault this');
};

/** The vault as adapters see it: releases what it was not told to refuse, and keeps what is deposited. */
export class FakeVault extends Vault {
  /** The lists asked for, one per call. */
  readonly calls: (readonly ReleaseRequest[])[] = [];
  readonly deposited: Deposited[] = [];
  readonly agreements: AgreementRecord[] = [];
  /** By delivery id or target. */
  readonly refusals = new Map<string, 'consent' | 'lapsed' | 'agreement' | 'erased'>();
  /** Runs at each deposit, within the transaction. */
  onDeposit: (items: readonly Deposited[]) => void = () => undefined;

  get releases(): readonly ReleaseRequest[] {
    return this.calls.flat();
  }

  async release(requests: readonly ReleaseRequest[]): Promise<readonly ReleaseAnswer[]> {
    this.calls.push(requests);
    return requests.map(({ deliveryId, target, programme }) => {
      const reason = this.refusals.get(deliveryId) ?? this.refusals.get(target);
      return reason ? { deliveryId, released: false, reason } : { deliveryId, released: true, shared: { 'birth.date': '2026-11-12' }, agreement: `${programme}/2024-1` };
    });
  }

  async depositYields(items: readonly Deposited[]): Promise<void> {
    this.onDeposit(items);
    this.deposited.push(...items);
  }

  async registerAgreements(agreements: readonly AgreementRecord[]): Promise<void> {
    this.agreements.push(...agreements);
  }

  deposit = notAsked;
  changes = notAsked;
  compare = notAsked;
  planningFacts = notAsked;
  releaseIdentity = notAsked;
  people = notAsked;
  whoIs = notAsked;
  decide = notAsked;
}
