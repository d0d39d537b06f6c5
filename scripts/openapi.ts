import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PlatformConfig } from '#libs/config/index.js';
import { SilentLogger } from '#libs/runtime/index.js';
import { startAllInOne } from '#services/all-in-one/app.js';

/** `npm run openapi`: writes contracts/openapi.json from the code; a test fails when the two differ. */
const dataDir = mkdtempSync(join(tmpdir(), 'tell-us-once-openapi-'));
const app = await startAllInOne({ config: Object.assign(new PlatformConfig(), { port: 0, sandboxPort: 0, metricsPort: 0, dataDir, logLevel: 'silent' }), logger: new SilentLogger() });
const document: unknown = await (await fetch(`${app.url}/openapi.json`)).json();
await app.stop();
rmSync(dataDir, { recursive: true, force: true });
writeFileSync(resolve('contracts/openapi.json'), `${JSON.stringify(document, null, 2)}\n`);
process.stdout.write('Wrote contracts/openapi.json\n');
process.exit(0);
