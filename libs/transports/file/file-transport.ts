import { batchEnded } from '../messages/event.js';
import { Gather } from '../messages/gather.js';
import { MessageTransport, type MessageTransportParts } from '../messages/message-transport.js';
import type { Parcel } from '../messages/outgoing.js';
import type { Inbox } from '../transport.js';
import { AckReader } from './ack-reader.js';
import { batchFile, writeWhole } from './folders.js';

export interface FileTransportOptions extends MessageTransportParts {
  /** Where jurisdictions’ folders are. */
  readonly dir: string;
  /** How often, in milliseconds, what has come together is written and acknowledgements are looked for. */
  readonly everyMs: number;
  /** Most lines of a file. */
  readonly batchSize?: number;
  /** Files cannot be written or read at the moment; it is tried again. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Tells a jurisdiction in files: requests are kept in the database, put together per jurisdiction and written as a whole, a line each and one
 * that says how many. A process that dies between any two steps leaves what the next look of any process finishes, to the same bytes.
 */
export class FileTransport extends MessageTransport {
  protected readonly leavesByItself = true;
  private readonly parcels = new Gather<Parcel, string>((list) => this.parts.outgoing.keep(list));
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private failing = false;

  constructor(private readonly options: FileTransportOptions) {
    super('file', options);
  }

  override listen(inbox: Inbox): void {
    const acks = new AckReader(this.options.dir, this.parts.keys, inbox);
    this.timer = setInterval(() => {
      this.looking ??= this.look(acks).finally(() => {
        this.looking = undefined;
      });
    }, this.options.everyMs);
  }

  override async close(): Promise<void> {
    clearInterval(this.timer);
    await this.parcels.idle();
    await this.looking;
  }

  protected async carry(parcel: Parcel): Promise<void> {
    await this.parcels.ask(parcel);
  }

  protected async carryQuestion(parcel: Parcel): Promise<void> {
    await this.parcels.ask(parcel);
  }

  private async look(acks: AckReader): Promise<void> {
    try {
      await this.writeBatches();
      await acks.read();
      this.failing = false;
    } catch (error) {
      // The database or the disk is away; the next look finds the same.
      if (!this.failing) this.options.onFailure?.(error);
      this.failing = true;
    }
  }

  private async writeBatches(): Promise<void> {
    const { outgoing } = this.parts;
    for (const batch of await outgoing.batches('file', this.options.batchSize ?? 1000)) {
      const end = JSON.stringify(batchEnded(batch.id, batch.texts.length));
      writeWhole(batchFile(this.options.dir, batch.jurisdiction, batch.id), `${[...batch.texts, end].join('\n')}\n`);
      await outgoing.batchHandedOver(batch);
    }
  }
}
