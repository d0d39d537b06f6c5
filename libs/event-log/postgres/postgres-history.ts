import type { Client } from 'pg';
import pg from 'pg';
import type { Envelope } from '#contracts/envelope.js';
import type { Database } from '#libs/persistence/index.js';
import { History } from '../group.js';
import type { Outbox } from './outbox.js';

export interface EventRow { case_id: string; seq: number; type: string; at: string; data: unknown }

export const toEnvelope = (row: EventRow): Envelope => ({
  specversion: '1.0', id: `${row.case_id}/${row.seq}`, source: `/${row.type.slice(0, row.type.indexOf('.'))}`, type: row.type, subject: row.case_id,
  time: new Date(Number(row.at)).toISOString(), caseId: row.case_id, seq: row.seq, data: row.data,
});

const CHANNEL = 'case_events';

/** Tells this process, and by NOTIFY the others, that the log has grown. Outside the transaction, and one NOTIFY in flight. */
export class Bell {
  private readonly listeners = new Set<() => void>();
  private client: Client | undefined;
  private notifying = false;
  private again = false;
  private stopped = false;

  constructor(private readonly db: Database, outbox: Outbox) {
    outbox.onRing(() => {
      this.wake();
      void this.notify();
    });
  }

  async start(): Promise<void> {
    this.stopped = false;
    const client = new pg.Client({ connectionString: this.db.url, keepAlive: true, application_name: 'tell-us-once bell' });
    client.on('notification', () => this.wake());
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    this.client = client;
    this.wake();
  }

  private reconnect(lost: Client): void {
    if (this.stopped || (this.client !== undefined && this.client !== lost)) return;
    this.client = undefined;
    setTimeout(() => {
      if (!this.stopped) this.start().catch(() => this.reconnect(lost));
    }, 500).unref();
  }

  onWake(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }

  private async notify(): Promise<void> {
    if (this.notifying) {
      this.again = true;
      return;
    }
    this.notifying = true;
    do {
      this.again = false;
      // A lost ring is not a lost event: every reader also looks by itself once a second.
      await this.client?.query(`notify ${CHANNEL}`).catch(() => undefined);
      await new Promise((r) => setTimeout(r, 20));
    } while (this.again && !this.stopped);
    this.notifying = false;
  }
}

export class PostgresHistory extends History {
  constructor(private readonly db: Database, private readonly bell: Bell) {
    super();
  }

  async of(caseId: string, after = 0): Promise<readonly Envelope[]> {
    const rows = await this.db.rows<EventRow>('select case_id, seq, type, at, data from log.event where case_id = $1 and seq > $2 order by seq', [caseId, after]);
    return rows.map(toEnvelope);
  }

  onChange(listener: () => void): () => void {
    return this.bell.onWake(listener);
  }
}
