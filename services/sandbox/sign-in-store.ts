import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Stored {
  payload: AdapterPayload;
  readonly expiresAt: number;
}

const ABOVE_WHICH_TO_SWEEP = 5000;

/** Sign-ins under way, for `oidc-provider`. In memory: after a restart people sign in again; tokens already issued stay good. */
export class SignInStore implements Adapter {
  private readonly items = new Map<string, Stored>();

  async upsert(id: string, payload: AdapterPayload, expiresIn = 3600): Promise<void> {
    if (this.items.size >= ABOVE_WHICH_TO_SWEEP) this.sweep();
    this.items.set(id, { payload, expiresAt: Date.now() + expiresIn * 1000 });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const item = this.items.get(id);
    return item && item.expiresAt > Date.now() ? item.payload : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...this.items.values()].find(({ payload, expiresAt }) => payload.uid === uid && expiresAt > Date.now())?.payload;
  }

  /** The device flow is off. */
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const item = this.items.get(id);
    if (item) item.payload = { ...item.payload, consumed: Math.floor(Date.now() / 1000) };
  }

  async destroy(id: string): Promise<void> {
    this.items.delete(id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, { payload }] of this.items) if (payload.grantId === grantId) this.items.delete(id);
  }

  private sweep(): void {
    for (const [id, { expiresAt }] of this.items) if (expiresAt <= Date.now()) this.items.delete(id);
  }
}
