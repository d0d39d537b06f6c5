import { runOne } from '#libs/runtime/process/index.js';
import { bundling } from './bundling.process.js';

await runOne(bundling);
