import { runOne } from '#libs/runtime/process/index.js';
import { adapters } from './adapters.process.js';

await runOne(adapters);
