import type { NewEvent } from '#contracts/envelope.js';
import { UnitOfWork, type Fuser, type Slice, type Unit } from '#libs/persistence/index.js';

/** Has nothing to fuse; says that whatever happens to a case happens in this process. */
export const ALONE: Fuser = { holdsAny: true, holds: () => true, isBehind: false, expect: () => undefined, follow: async () => [], prepare: async () => undefined };

/** Work on one case under its lock, and what it states; the work is done once more when what it assumed does not hold. */
export class Work {
  constructor(readonly caseId: string, readonly work: (unit: Unit) => Promise<void> | void, readonly events: readonly NewEvent[] = []) {}
}

const working: Slice<Work, null, void> = {
  key: ({ caseId }) => caseId,
  caseOf: ({ caseId }) => caseId,
  load: async (unit, commands) => {
    for (const { work } of commands) await work(unit);
    return new Map();
  },
  decide: ({ events }) => ({ events, reply: undefined }),
  save: () => undefined,
};

/** A unit of work that assumes what it committed last, and runs `Work`. */
export const aloneWith = (...args: ConstructorParameters<typeof UnitOfWork>): UnitOfWork => {
  const unitOfWork = new UnitOfWork(...args);
  unitOfWork.register(Work, working);
  unitOfWork.fuseWith(ALONE);
  return unitOfWork;
};
