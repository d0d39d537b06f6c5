// DBOS: a notification is a workflow; its first target is a step, the other five are steps side by side. What is recorded of each is DBOS's own.
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { serve } from '../../dist/bench/driver.js';
import { quebecBirth } from '../../dist/bench/workload.js';

const [databaseUrl] = process.argv.slice(2);
const TARGETS = ['registration', 'certificate', 'sin', 'child-benefits', 'family-allowance', 'health-card'];
const outcome = async () => 'completed';
const [first, ...rest] = TARGETS;

const tellOnce = DBOS.registerWorkflow(async () => {
  await DBOS.runStep(outcome, { name: first });
  await Promise.all(rest.map((target) => DBOS.runStep(outcome, { name: target })));
  return 'completed';
}, { name: 'tellOnce' });

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, systemDatabasePoolSize: 20, logLevel: 'error', runAdminServer: false });
await DBOS.launch();
const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
const running = new Map();

serve({
  accept: async () => {
    const handle = await DBOS.startWorkflow(tellOnce)(quebecBirth());
    running.set(handle.workflowID, handle);
    return handle.workflowID;
  },
  settled: async (id) => {
    const handle = running.get(id);
    running.delete(id);
    await handle.getResult();
    return performance.now();
  },
  count: async () => {
    const { rows: [row] } = await pool.query(`select (select count(*) from dbos.workflow_status where status = 'SUCCESS') completed, (select count(*) from dbos.operation_outputs) outcomes`);
    return { completed: Number(row.completed), outcomes: Number(row.outcomes) };
  },
  stop: async () => {
    await DBOS.shutdown();
    await pool.end();
  },
});
