import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { rebaseLog } from '#libs/event-log/index.js';
import { openDatabase } from '#services/all-in-one/platform.js';

/** `npm run log:rebase`: once, after the database was restored into a fresh cluster, before anything is started on it. */
const { db, embedded } = await openDatabase(readConfig(PlatformConfig));
await rebaseLog(db);
process.stdout.write('The log is numbered for this cluster. Start the services again.\n');
await db.close();
await embedded?.stop();
