import { appendFile, existsSync, readFileSync } from 'node:fs';
import { Transport, type AgencyAnswer, type Attempt } from '#libs/transports/index.js';
import { FakeAuthority } from '#services/identity/index.js';

/** The final word of each programme, at once. */
const ANSWERS: Readonly<Record<string, object>> = {
  'birth-registration': { state: 'final', code: 'REGISTERED', yields: { registrationNumber: '2026-02-904417' } },
  'birth-certificate': { state: 'final', code: 'ISSUED' },
  sin: { state: 'final', code: 'ISSUED', yields: { sin: '046454286' } },
  'child-benefits': { state: 'final', code: 'APPLIED' },
  'family-allowance': { state: 'final', code: 'ENROLLED' },
  'health-card': { state: 'final', code: 'ISSUED', yields: { healthNumber: 'LAVM90521718' } },
};
const answerOf = (programme: string): AgencyAnswer => ({ status: 200, body: ANSWERS[programme.slice(programme.indexOf('/') + 1)] });
const NEVER_RECEIVED: AgencyAnswer = { status: 404, body: { state: 'unknown' } };

/** Agencies that do nothing and say so in no time: what is left is the product's own cost. */
class NoOpTransport extends Transport {
  send({ programme }: Attempt): Promise<AgencyAnswer> {
    return Promise.resolve(answerOf(programme));
  }

  query(): Promise<AgencyAnswer> {
    return Promise.resolve(NEVER_RECEIVED);
  }
}

/** What the agencies did, read from their file. */
export interface LedgerFigures {
  /** Things done: one for each delivery id. */
  readonly effects: number;
  /** Requests, those under a key that was known included. */
  readonly sends: number;
}

/**
 * Agencies that do nothing but remember what they did, in a file that outlives the process: idempotent by delivery id, asked by key they
 * know. A line is written before its answer is given; those of one turn of the event loop together.
 */
export class RememberingTransport extends Transport {
  /** Bytes of a line of the file: what was done, and for which delivery. */
  static readonly LINE = 39;
  private readonly done: Set<string>;
  private pending: { readonly line: string; readonly answer: () => void }[] = [];

  constructor(private readonly file: string) {
    super();
    this.done = new Set(RememberingTransport.read(file).map((line) => line.slice(2)));
  }

  static figures(file: string): LedgerFigures {
    const lines = RememberingTransport.read(file);
    return { effects: new Set(lines.map((line) => line.slice(2))).size, sends: lines.length };
  }

  private static read(file: string): readonly string[] {
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : [];
  }

  send({ programme, deliveryId }: Attempt): Promise<AgencyAnswer> {
    const again = this.done.has(deliveryId);
    this.done.add(deliveryId);
    return new Promise((resolve) => {
      if (this.pending.length === 0) setImmediate(() => this.write());
      this.pending.push({ line: `${again ? '=' : '+'} ${deliveryId}\n`, answer: () => resolve(answerOf(programme)) });
    });
  }

  query({ programme, deliveryId }: Attempt): Promise<AgencyAnswer> {
    return Promise.resolve(this.done.has(deliveryId) ? answerOf(programme) : NEVER_RECEIVED);
  }

  private write(): void {
    const some = this.pending;
    this.pending = [];
    appendFile(this.file, some.map((p) => p.line).join(''), (error) => {
      if (error) throw error;
      for (const { answer } of some) answer();
    });
  }
}

export const everythingSucceeds = new NoOpTransport();
export const everyoneIsConfirmed = new FakeAuthority();
