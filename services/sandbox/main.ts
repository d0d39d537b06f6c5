import { runSandbox } from './run-sandbox.js';

await runSandbox();
