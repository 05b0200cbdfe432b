import { AppError } from '@gatehouse/kernel';
import type { Pool, PoolClient } from 'pg';
import { isConnectionFault } from './transient';

/**
 * Runs `fn`, which begins and commits by itself, on one connection of a pool that survives losses; rolls back when it
 * throws. A connection that failed is thrown away. Errors: UNAVAILABLE `DATABASE_UNAVAILABLE` where the connection failed
 * (at COMMIT the outcome is unknown); all else is what `fn` or the database threw.
 */
export const onConnection = async <T>(pool: Pool, fn: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect().catch(rethrow);
  let broken = true;
  try {
    const result = await fn(client);
    broken = false;
    return result;
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    return rethrow(error);
  } finally {
    client.release(broken);
  }
};

/** Runs `fn` between BEGIN and COMMIT, otherwise as `onConnection`. */
export const inTransaction = <T>(pool: Pool, fn: (tx: PoolClient) => Promise<T>): Promise<T> =>
  onConnection(pool, async (client) => {
    await client.query('BEGIN');
    const result = await fn(client);
    await client.query('COMMIT');
    return result;
  });

/** Turns a failure of the connection into UNAVAILABLE `DATABASE_UNAVAILABLE`, and throws on whatever else. */
export const rethrow = (error: unknown): never => {
  if (isConnectionFault(error)) throw new AppError('UNAVAILABLE', 'DATABASE_UNAVAILABLE', { cause: error });
  throw error;
};
