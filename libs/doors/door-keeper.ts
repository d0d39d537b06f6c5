import type { ServiceName } from '#contracts/apis/routes.js';
import type { Door, Question } from './door.js';
import { pack, packRefusal, type Said } from './door-words.js';
import { TokenReader, type Asked } from './service-token.js';
import type { ServiceKeys } from './service-keys.js';

/** A door this process opens, and who answers behind it. */
export interface OpenDoor {
  readonly door: Door;
  readonly answers: object;
}

/** Who may ask what: service → door → questions. */
export type MayAsk = Readonly<Partial<Record<ServiceName, Readonly<Record<string, readonly string[]>>>>>;

export interface DoorKeeperOptions {
  readonly service: ServiceName;
  readonly keys: Pick<ServiceKeys, 'find'>;
  readonly mayAsk: MayAsk;
  readonly doors: readonly OpenDoor[];
}

/** Stands at the doors of a process: who is not known, not allowed, or asks what is no question of the contract gets no further. */
export class DoorKeeper {
  private readonly tokens: TokenReader;

  constructor(private readonly options: DoorKeeperOptions) {
    this.tokens = new TokenReader(options.keys, options.service);
  }

  /** `unknown`: nobody we know signed this · `forbidden`: this service may not ask that. */
  async admits(token: string, asked: Asked): Promise<'yes' | 'unknown' | 'forbidden'> {
    const service = await this.tokens.read(token, asked);
    if (service === undefined) return 'unknown';
    const questions = this.options.mayAsk[service as ServiceName]?.[asked.door] ?? [];
    return questions.includes(asked.question) && this.find(asked) ? 'yes' : 'forbidden';
  }

  /** The answer, or the refusal of whoever is behind the door; a failure is thrown. */
  async answer({ door: name, question: asked, body }: Asked): Promise<{ readonly status: number; readonly said: Said }> {
    const { answers, question } = this.find({ door: name, question: asked })!;
    const args = JSON.parse(body.toString()) as readonly unknown[];
    try {
      const answer = await (answers as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>)[asked]!(...args);
      return { status: 200, said: pack(question, answer) };
    } catch (error) {
      const refusal = packRefusal(error);
      if (refusal) return refusal;
      throw error;
    }
  }

  private find({ door, question }: Pick<Asked, 'door' | 'question'>): { readonly answers: object; readonly question: Question } | undefined {
    const open = this.options.doors.find((d) => d.door.name === door);
    return open && Object.hasOwn(open.door.questions, question)
      ? { answers: open.answers, question: (open.door.questions as Readonly<Record<string, Question>>)[question]! } : undefined;
  }
}
