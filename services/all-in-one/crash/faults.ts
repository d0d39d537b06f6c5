/** A fault as the sandbox's controls take it. */
export interface PublicFault {
  readonly fault: 'status' | 'hang-up-after' | 'latency';
  readonly programme?: string;
  readonly status?: number;
  readonly probability?: number;
  readonly ms?: number;
}

/** 8 % of what agencies are asked fails, and 3 % is done and never answered. */
export const TROUBLED: readonly PublicFault[] = [{ fault: 'status', status: 503, probability: 0.08 }, { fault: 'hang-up-after', probability: 0.03 }];
