import type { TransportName } from '#contracts/words.js';

/** A sealed message for a jurisdiction. */
export interface Parcel {
  /** Of a delivery its own id. */
  readonly id: string;
  readonly deliveryId: string;
  readonly transport: TransportName;
  readonly jurisdiction: string;
  /** The event as text. */
  readonly text: string;
}

/** Parcels of one jurisdiction that travel in one file, in order. */
export interface Batch {
  readonly id: string;
  readonly jurisdiction: string;
  readonly texts: readonly string[];
}

/**
 * What is known of deliveries that travel as messages, from before they leave until their last answer: so a crash between two steps is
 * repeated with the same bytes, and whether something was handed over can be told without asking anyone.
 */
export abstract class Outgoing {
  /** Keeps what is not kept yet. Answers the text to send for each: what was kept before is sent as it was. */
  abstract keep(parcels: readonly Parcel[]): Promise<readonly string[]>;
  /** `kept`: it may have left · `handed-over`: a carrier has it. Absent: it never left, or has had its last answer. */
  abstract standing(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, 'kept' | 'handed-over'>>;
  /** A carrier has them: their text goes. */
  abstract handedOver(ids: readonly string[]): Promise<void>;
  /** Their last answer is kept, or their receiver says they never arrived. */
  abstract forget(deliveryIds: readonly string[]): Promise<void>;
  /** Puts what waits for `transport` into batches of at most `size`, and answers every batch not yet handed over, those of a process that died too. */
  abstract batches(transport: TransportName, size: number): Promise<readonly Batch[]>;
  abstract batchHandedOver(batch: Batch): Promise<void>;
}
