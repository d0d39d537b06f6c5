import { UnitOfWork } from '#libs/persistence/index.js';
import { UnitOfWorkThatLocksLate } from '../row-locks.js';

/** SAFETY OFF, for the whole process that loads this first: no transaction waits for another. */
Object.defineProperty(UnitOfWork.prototype, 'lock', Object.getOwnPropertyDescriptor(UnitOfWorkThatLocksLate.prototype, 'lock')!);
