import { AppError } from '@gatehouse/kernel';
import type { Pool, PoolClient } from 'pg';
import { isConnectionFault } from './transient';

const noted = (): void => undefined;

/**
 * Runs `fn` between BEGIN and COMMIT on one connection; rolls back when it throws. A connection that failed is thrown
 * away. Errors: UNAVAILABLE `DATABASE_UNAVAILABLE` where the connection failed (at COMMIT the outcome is unknown); all
 * else is what `fn` or the database threw.
 */
export const inTransaction = async <T>(pool: Pool, fn: (tx: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect().catch(rethrow);
  // The pool listens only while the connection is idle; without a listener a lost one would end the process.
  client.on('error', noted);
  let broken = true;
  try {
    await client.query('BEGIN');
    const result = await fn(client);
    await client.query('COMMIT');
    broken = false;
    return result;
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    return rethrow(error);
  } finally {
    client.off('error', noted);
    client.release(broken);
  }
};

/** Turns a failure of the connection into UNAVAILABLE `DATABASE_UNAVAILABLE`, and throws on whatever else. */
export const rethrow = (error: unknown): never => {
  if (isConnectionFault(error)) throw new AppError('UNAVAILABLE', 'DATABASE_UNAVAILABLE', { cause: error });
  throw error;
};
