import { parseArgs } from 'node:util';
import { unreadEntries } from '#libs/event-log/index.js';
import { importBacklog } from '#services/all-in-one/backlog-file.js';
import { Backlog } from '#services/intake/index.js';
import type { ImportAnswer } from './backlog.js';
import { serve } from './driver.js';
import { RememberingTransport } from './no-op-agencies.js';
import { openSystem } from './system.js';
import { quebecBirth } from './workload.js';

/** The product as a subject of the comparison: `product.js DATABASE_URL FOLDER [LEDGER] [--kafka BROKERS] [--issuer URL]`; with a ledger the agencies remember what they did. */
const { positionals, values: { kafka, issuer } } = parseArgs({ allowPositionals: true, options: { kafka: { type: 'string' }, issuer: { type: 'string' } } });
const [databaseUrl, folder, ledger] = positionals as [string, string, string?];
const system = await openSystem({ folder, databaseUrl, issuer, ...(kafka !== undefined && { kafkaBrokers: kafka.split(',') }), ...(ledger !== undefined && { transport: new RememberingTransport(ledger) }) });
const { db, feed } = system.app.platform;

serve({
  accept: async () => (await system.tell(quebecBirth())).caseId,
  settled: (caseId) => system.settled(caseId),
  count: async () => {
    const [row] = await db.rows<{ completed: string; outcomes: string }>(`
      select (select count(distinct case_id) from log.event where type = 'bundling.case-advanced.v2' and data->>'status' = 'completed') completed,
             (select count(*) from log.event, json_array_elements(data->'answers') a where type = 'adapters.deliveries-progressed.v2' and a->>'status' = 'completed') outcomes`);
    return { completed: Number(row!.completed), outcomes: Number(row!.outcomes) };
  },
  more: {
    /** Nothing is worked on from here until `resume`. */
    pause: () => feed.stop(),
    resume: () => feed.start(),
    /** So many cases accepted, none of them waited for. */
    accept: async ({ cases, inFlight }: { readonly cases: number; readonly inFlight: number }) => {
      let left = cases;
      await Promise.all(Array.from({ length: inFlight }, async () => {
        while (left-- > 0) await system.tell(quebecBirth());
      }));
    },
    /** Where it is reached over HTTP. */
    http: async () => `${system.app.url}/v1/notifications`,
    import: async ({ file }: { readonly file: string }): Promise<ImportAnswer> => {
      const began = performance.now();
      const backlog = system.app.service.app.get(Backlog, { strict: false });
      const { accepted, known } = await importBacklog({ file, registry: 'bench', take: (name, lines) => backlog.take(name, lines), unread: () => unreadEntries(db) });
      return { accepted, known, seconds: (performance.now() - began) / 1000 };
    },
    cpu: async () => process.cpuUsage(),
    memory: async () => process.resourceUsage().maxRSS * 1024,
  },
  stop: () => system.stop(),
});
