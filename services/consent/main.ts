import { runOne } from '#libs/runtime/process/index.js';
import { consent } from './consent.process.js';

await runOne(consent);
