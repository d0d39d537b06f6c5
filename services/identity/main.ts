import { runOne } from '#libs/runtime/process/index.js';
import { identity } from './identity.process.js';

await runOne(identity);
