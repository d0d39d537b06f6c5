import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { Session } from './database.js';

/**
 * One statement on a session. As `session.query(statement)`, but by pg's callback: pg makes its promise with a closure that it assigns to a property, which V8
 * puts among the old objects at once, so that the statement and all that waits for it stay until a major collection.
 */
export const ask = <R extends QueryResultRow>(session: Session, statement: string | QueryConfig): Promise<QueryResult<R>> =>
  new Promise((resolve, reject) => {
    const answered = (error: Error | null, result: QueryResult<R>): void => {
      if (error) reject(error);
      else resolve(result);
    };
    if (typeof statement === 'string') session.query<R>(statement, answered);
    else session.query<R>(statement, answered);
  });
