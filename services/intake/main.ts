import { runOne } from '#libs/runtime/process/index.js';
import { intake } from './intake.process.js';

await runOne(intake);
