export interface SessionOptions {
  /** Milliseconds a statement waits for a lock before its list is run one by one; 5 s when absent. */
  readonly lockTimeoutMs?: number;
}

/** The first major version that ends a transaction which stays open: an open writer hides every later event behind the fence. */
export const FIRST_WITH_TRANSACTION_TIMEOUT = 17;

/** What every session of a service starts with, as the server's `-c` options; migrations and the rebase have no limits. */
export const sessionSettings = (major: number, { lockTimeoutMs = 5000 }: SessionOptions = {}): string =>
  Object.entries({
    // A plan made for a settled table joins n × n on an open one (seen: 23 → 3700 ms).
    plan_cache_mode: 'force_generic_plan',
    // A plan made while a table is empty reads all of it later on (seen: every case on file for every list of reports, a third of PostgreSQL's time).
    enable_seqscan: 'off',
    lock_timeout: `${lockTimeoutMs}ms`,
    idle_in_transaction_session_timeout: '60s',
    ...(major >= FIRST_WITH_TRANSACTION_TIMEOUT && { transaction_timeout: '30s' }),
  }).map(([name, value]) => `-c ${name}=${value}`).join(' ');
