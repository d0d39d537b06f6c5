import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '#libs/kernel/index.js';
import { signIn, startSandbox } from '#services/sandbox/index.js';
import { serve } from './driver.js';

/**
 * The sign-in provider of what is measured over HTTP, in a process of its own as it is in production: it follows its requests by `AsyncLocalStorage`,
 * for which every promise of its process pays.
 */
const AUDIENCE = 'tell-us-once';
const folder = mkdtempSync(join(tmpdir(), 'tell-us-once-provider-'));
const sandbox = await startSandbox({ port: 0, clock: new SystemClock(), profile: 'fast', audience: AUDIENCE, dataDir: folder });
const nobody = (): Promise<never> => Promise.reject(new Error('takes no cases'));

serve({
  accept: nobody, settled: nobody, count: nobody,
  more: {
    issuer: async () => sandbox.issuer,
    /** An agent's. */
    token: () => signIn({ issuer: sandbox.issuer, audience: AUDIENCE, persona: 'nadia' }),
  },
  stop: async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  },
});
