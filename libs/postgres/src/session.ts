import { Client, type Pool } from 'pg';

/**
 * A connection outside the pool, for what lives as long as a connection does: session advisory locks, LISTEN. `lost`
 * aborts when the connection ends, for whatever reason; the server then releases the locks.
 */
export interface Session {
  readonly client: Client;
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

export const openSession = async (pool: Pool): Promise<Session> => {
  const client = new Client(pool.options);
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  const close = async (): Promise<void> => {
    lost.abort();
    await client.end().catch(() => undefined);
  };
  return { client, lost: lost.signal, close };
};
