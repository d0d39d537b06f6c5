import { Database } from '#libs/persistence/index.js';
import { uuidv7, type Clock } from '#libs/kernel/index.js';
import { Outgoing, type Batch, type Parcel } from '#libs/transports/index.js';
import type { TransportName } from '#contracts/words.js';

/** Texts hold no line breaks: they are JSON on one line. */
const column = (values: readonly string[]): string => values.join('\n');

/** The table adapters.outgoing; what stands in `text` is sealed to its receiver, and we cannot read it ourselves. */
export class OutgoingStore extends Outgoing {
  constructor(private readonly db: Database, private readonly clock: Clock) {
    super();
  }

  async keep(list: readonly Parcel[]): Promise<readonly string[]> {
    const parcels = [...new Map(list.map((p) => [p.id, p])).values()];
    const rows = await this.db.rows<{ id: string; text: string }>(`
      insert into adapters.outgoing as o (id, delivery_id, transport, jurisdiction, text)
      select id, delivery_id::uuid, transport, jurisdiction, text
      from unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n'), string_to_array($3, E'\\n'), string_to_array($4, E'\\n'), string_to_array($5, E'\\n')) p (id, delivery_id, transport, jurisdiction, text)
      on conflict (id) do update set text = coalesce(o.text, excluded.text), batch = case when o.text is null then null else o.batch end, transport = excluded.transport
      returning id, text`,
      [column(parcels.map((p) => p.id)), column(parcels.map((p) => p.deliveryId)), column(parcels.map((p) => p.transport)), column(parcels.map((p) => p.jurisdiction)), column(parcels.map((p) => p.text))]);
    const kept = new Map(rows.map((r) => [r.id, r.text]));
    return list.map((p) => kept.get(p.id)!);
  }

  async standing(deliveryIds: readonly string[]): Promise<ReadonlyMap<string, 'kept' | 'handed-over'>> {
    const rows = await this.db.rows<{ id: string; kept: boolean }>(`select id, text is not null kept from adapters.outgoing where id = any(string_to_array($1, ','))`, [deliveryIds.join(',')]);
    return new Map(rows.map((r) => [r.id, r.kept ? 'kept' : 'handed-over']));
  }

  async handedOver(ids: readonly string[]): Promise<void> {
    await this.db.rows(`update adapters.outgoing set text = null where id = any(string_to_array($1, ','))`, [ids.join(',')]);
  }

  async forget(deliveryIds: readonly string[]): Promise<void> {
    await this.db.rows('delete from adapters.outgoing where delivery_id = any($1::uuid[])', [`{${deliveryIds.join(',')}}`]);
  }

  async batches(transport: TransportName, size: number): Promise<readonly Batch[]> {
    await this.db.rows(`
      with waiting as (
        select id, jurisdiction, row_number() over (partition by jurisdiction order by n) place from adapters.outgoing where transport = $1 and text is not null and batch is null
      ), taken as (select o.id from adapters.outgoing o join waiting w using (id) where place <= $2 and o.batch is null order by o.n for update of o skip locked)
      update adapters.outgoing o set batch = $3 from taken where o.id = taken.id`, [transport, size, uuidv7(this.clock.now())]);
    const rows = await this.db.rows<{ batch: string; jurisdiction: string; text: string }>(
      'select batch::text batch, jurisdiction, text from adapters.outgoing where transport = $1 and text is not null and batch is not null order by batch, jurisdiction, n', [transport]);
    const batches = new Map<string, { id: string; jurisdiction: string; texts: string[] }>();
    for (const { batch, jurisdiction, text } of rows) {
      const key = `${batch}/${jurisdiction}`;
      if (!batches.has(key)) batches.set(key, { id: batch, jurisdiction, texts: [] });
      batches.get(key)!.texts.push(text);
    }
    return [...batches.values()];
  }

  /** Questions go with their batch: an answer needs no row for them. */
  async batchHandedOver({ id, jurisdiction }: Batch): Promise<void> {
    await this.db.rows(`
      with asked as (delete from adapters.outgoing where batch = $1 and jurisdiction = $2 and id <> delivery_id::text)
      update adapters.outgoing set text = null where batch = $1 and jurisdiction = $2 and id = delivery_id::text`, [id, jurisdiction]);
  }

  /** How many deliveries wait for their last answer, per transport and jurisdiction. */
  async waiting(): Promise<readonly { readonly transport: string; readonly jurisdiction: string; readonly count: number }[]> {
    const rows = await this.db.rows<{ transport: string; jurisdiction: string; count: string }>('select transport, jurisdiction, count(*) count from adapters.outgoing where id = delivery_id::text group by 1, 2');
    return rows.map((r) => ({ ...r, count: Number(r.count) }));
  }
}
