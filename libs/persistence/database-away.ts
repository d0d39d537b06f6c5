import { CommitUnknown } from './unit-of-work.js';

/** Connections that are refused, cut or never come about, as Node names them. */
const SOCKET = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'];
/** pg's own words for a connection that ended under a statement; it gives them no code. */
const ENDED = /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Connection ended)/;

/**
 * Whether the database cannot be reached, is starting or going away (SQLSTATE classes 08 and 57P), or is out of sessions: it may be back in a
 * moment and nothing is wrong with what was asked.
 */
export const isDatabaseAway = (error: unknown): boolean => {
  if (error instanceof CommitUnknown) return true;
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, syscall } = error as { readonly code?: unknown; readonly message?: unknown; readonly syscall?: unknown };
  if (typeof code === 'string') return /^(08...|57P..|53300)$/.test(code) || (SOCKET.includes(code) && (syscall === 'connect' || code !== 'ENOENT'));
  return typeof message === 'string' && ENDED.test(message);
};
