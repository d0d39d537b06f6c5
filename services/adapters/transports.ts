import { jurisdictions } from '#contracts/jurisdictions/index.js';
import { TRANSPORTS, type ProgrammeId, type TransportName } from '#contracts/words.js';
import type { Clock } from '#libs/kernel/index.js';
import { FileTransport, HttpTransport, TopicTransport, Transport, type AgencyAnswer, type AgencyDelivery, type Attempt, type ExchangeKeys, type Inbox, type Outgoing, type Question } from '#libs/transports/index.js';

/** How jurisdictions are reached from here. */
export interface Reach {
  /** Where the agency contract is served. */
  readonly agenciesUrl: string;
  /** Where batch files and everyone’s public keys are. */
  readonly exchangeDir: string;
  /** How often, in milliseconds, files are written and looked for. */
  readonly exchangeEveryMs: number;
  /** The broker with jurisdictions’ topics; without one nobody is told on a topic. */
  readonly brokers?: readonly string[] | undefined;
  /** Makes missing topics; never in production. */
  readonly makesTopics: boolean;
  /** `{programme or jurisdiction/*}={transport}`, overruling the catalogue; the first that fits counts. */
  readonly overrides: readonly string[];
}
interface Parts {
  readonly reach: Reach;
  readonly clock: Clock;
  readonly keys: ExchangeKeys;
  readonly outgoing: Outgoing;
  readonly onFailure: (transport: TransportName, error: unknown) => void;
}

/** One line a transport; undefined where it is not to be had. */
const MAKERS: Readonly<Record<TransportName, (parts: Parts) => Transport | undefined>> = {
  http: ({ reach, clock }) => new HttpTransport({ baseUrl: reach.agenciesUrl, now: () => clock.now() }),
  topic: ({ reach, clock, onFailure, ...parts }) => reach.brokers && new TopicTransport({ ...parts, now: () => clock.now(), brokers: reach.brokers, makesTopics: reach.makesTopics, onFailure: (e) => onFailure('topic', e) }),
  file: ({ reach, clock, onFailure, ...parts }) => new FileTransport({ ...parts, now: () => clock.now(), dir: reach.exchangeDir, everyMs: reach.exchangeEveryMs, onFailure: (e) => onFailure('file', e) }),
};

type Choice = (programme: string) => readonly TransportName[];

/** What the catalogue and the overrides say of a programme, in order of preference; an override leaves no other choice. */
export const choiceOf = (overrides: readonly string[], today: () => string): Choice => {
  const rules = overrides.map((text) => text.split('=') as [string, TransportName]);
  const offers = Object.values(jurisdictions).flatMap((j) => j.offers).filter((o) => o.how === 'deliver');
  return (programme) => {
    const rule = rules.find(([pattern]) => pattern === programme || pattern === '*' || (pattern.endsWith('/*') && programme.startsWith(pattern.slice(0, -1))));
    if (rule) return [rule[1]];
    // A correction may follow an entry that has ended: then the last one counts.
    const all = offers.filter((o) => o.programme === programme).sort((a, b) => (a.from < b.from ? 1 : -1));
    const offer = all.find((o) => o.from <= today()) ?? all[0];
    return [offer?.transport ?? 'http', ...(offer?.otherwise ? [offer.otherwise] : [])];
  };
};

/** Takes each delivery by the transport chosen for its programme. */
export class ChosenTransport extends Transport {
  private constructor(private readonly choice: Choice, private readonly made: ReadonlyMap<TransportName, Transport>) {
    super();
  }

  /** Throws when an override names a transport that is not to be had. */
  static of(parts: Parts): ChosenTransport {
    const made = new Map(TRANSPORTS.flatMap((name): [TransportName, Transport][] => {
      const transport = MAKERS[name](parts);
      return transport ? [[name, transport]] : [];
    }));
    const absent = parts.reach.overrides.find((text) => !made.has(text.split('=')[1] as TransportName));
    if (absent !== undefined) throw new Error(`TRANSPORTS says ${absent}, and that transport is not to be had: topics need JURISDICTION_BROKERS or EVENT_LOG=kafka`);
    return new ChosenTransport(choiceOf(parts.reach.overrides, () => new Date(parts.clock.now()).toISOString().slice(0, 10)), made);
  }

  send(attempt: Attempt & { readonly delivery: AgencyDelivery }): Promise<AgencyAnswer> {
    return this.for(attempt.programme).send(attempt);
  }

  query(question: Question): Promise<AgencyAnswer> {
    return this.for(question.programme).query(question);
  }

  override listen(inbox: Inbox): void {
    for (const transport of this.made.values()) transport.listen(inbox);
  }

  override async close(): Promise<void> {
    await Promise.all([...this.made.values()].map((transport) => transport.close()));
  }

  private for(programme: ProgrammeId): Transport {
    const name = this.choice(programme).find((one) => this.made.has(one)) ?? 'http';
    return this.made.get(name)!;
  }
}
