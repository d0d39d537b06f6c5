import { Injectable } from '@nestjs/common';
import { Vault, type ReleaseAnswer, type ReleaseRequest } from '#contracts/apis/vault.js';

interface Waiting { readonly request: ReleaseRequest; readonly resolve: (answer: ReleaseAnswer) => void; readonly reject: (error: unknown) => void }

/** Asks the vault for releases in lists: everything that was asked for in one turn of the event loop is one call. */
@Injectable()
export class ReleaseDesk {
  private forming: Waiting[] = [];
  private readonly calls = new Set<Promise<void>>();

  constructor(private readonly vault: Vault) {}

  ask(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return new Promise((resolve, reject) => {
      if (this.forming.length === 0) setImmediate(() => this.call());
      this.forming.push({ request, resolve, reject });
    });
  }

  /** Resolves once everything asked for so far has its answer. */
  async answered(): Promise<void> {
    if (this.forming.length > 0) await new Promise((turn) => setImmediate(turn));
    await Promise.all(this.calls);
  }

  private call(): void {
    const list = this.forming;
    this.forming = [];
    const call = this.release(list).finally(() => this.calls.delete(call));
    this.calls.add(call);
  }

  private async release(list: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.vault.release(list.map((w) => w.request));
      list.forEach(({ resolve }, i) => resolve(answers[i]!));
    } catch (error) {
      for (const { reject } of list) reject(error);
    }
  }
}
