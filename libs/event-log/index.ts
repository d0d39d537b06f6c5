export * from './cursor-table.js';
export * from './decode.js';
export * from './dispatch.js';
export * from './group.js';
export { Log1700000000000 } from './postgres/migrations.js';
export { Outbox } from './postgres/outbox.js';
export { assertNotRestored, LogNeedsRebase, PostgresFeed, rebaseLog, type FeedOptions } from './postgres/postgres-feed.js';
export { Bell, PostgresHistory } from './postgres/postgres-history.js';
