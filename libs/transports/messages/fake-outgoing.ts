import type { TransportName } from '#contracts/words.js';
import { uuidv7 } from '#libs/kernel/index.js';
import { Outgoing, type Batch, type Parcel } from './outgoing.js';

interface Row { readonly parcel: Parcel; text: string | undefined; batch: string | undefined }

/** What is on its way, in memory. */
export class FakeOutgoing extends Outgoing {
  readonly rows = new Map<string, Row>();

  async keep(parcels: readonly Parcel[]): Promise<readonly string[]> {
    return parcels.map((parcel) => {
      const known = this.rows.get(parcel.id);
      if (known?.text !== undefined) return known.text;
      this.rows.set(parcel.id, { parcel, text: parcel.text, batch: undefined });
      return parcel.text;
    });
  }

  async standing(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, 'kept' | 'handed-over'>> {
    return new Map(deliveryIds.flatMap((id) => {
      const row = this.rows.get(id);
      return row ? [[id, row.text === undefined ? 'handed-over' : 'kept'] as const] : [];
    }));
  }

  async handedOver(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (this.rows.has(id)) this.rows.get(id)!.text = undefined;
  }

  async forget(deliveryIds: readonly string[]): Promise<void> {
    for (const [id, { parcel }] of this.rows) if (deliveryIds.includes(parcel.deliveryId)) this.rows.delete(id);
  }

  async batches(transport: TransportName, size: number): Promise<readonly Batch[]> {
    const [id, counts] = [uuidv7(), new Map<string, number>()];
    const waiting = [...this.rows.values()].filter((r) => r.parcel.transport === transport && r.text !== undefined);
    for (const row of waiting.filter((r) => r.batch === undefined)) {
      const count = counts.get(row.parcel.jurisdiction) ?? 0;
      counts.set(row.parcel.jurisdiction, count + 1);
      if (count < size) row.batch = id;
    }
    const batches = new Map<string, { id: string; jurisdiction: string; texts: string[] }>();
    for (const { batch, parcel: { jurisdiction }, text } of waiting) {
      if (batch === undefined) continue;
      const key = `${batch}/${jurisdiction}`;
      batches.set(key, { id: batch, jurisdiction, texts: [...(batches.get(key)?.texts ?? []), text!] });
    }
    return [...batches.values()];
  }

  async batchHandedOver({ id, jurisdiction }: Batch): Promise<void> {
    for (const [key, row] of this.rows) {
      if (row.batch !== id || row.parcel.jurisdiction !== jurisdiction) continue;
      row.text = undefined;
      if (key !== row.parcel.deliveryId) this.rows.delete(key);
    }
  }
}
