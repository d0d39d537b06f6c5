/**
 * A copy in memory of its own, for bytes that are kept: a small buffer is otherwise a view of what Node hands out buffers from, or of what came over a
 * connection, 64 kB that live as long as it does. V8 counts them, and collects everything there is after 64 MB (`external memory pressure`).
 */
export const apart = (bytes: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
};
