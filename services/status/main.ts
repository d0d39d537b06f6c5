import { runOne } from '#libs/runtime/process/index.js';
import { status } from './status.process.js';

await runOne(status);
