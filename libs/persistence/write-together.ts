import type { PoolClient } from 'pg';

interface Stream { cork(): void; uncork(): void }
const corked = new WeakSet<Stream>();

/** What is sent on this connection until the present turn is over leaves in one write: a transaction's statements are sent together anyway. */
export const writeTogether = (client: PoolClient): void => {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Stream } }).connection;
  if (corked.has(stream)) return;
  corked.add(stream);
  stream.cork();
  process.nextTick(() => {
    corked.delete(stream);
    stream.uncork();
  });
};
