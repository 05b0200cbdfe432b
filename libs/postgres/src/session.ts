import { Client, type Pool } from 'pg';

const BEAT_MS = 2_000;
const SILENT_MS = 10_000;

/**
 * A connection outside the pool, for what lives as long as a connection does: session advisory locks, LISTEN. `lost`
 * aborts when the connection ends, for whatever reason; the server then releases the locks. A process that stands still
 * loses it too: the session beats, and the server ends one that has been silent for 10 s, so that a leader or a member
 * that is stopped and not dead holds nobody up.
 */
export interface Session {
  /** Its queries take turns, the beats among them. */
  readonly client: Pick<Client, 'query' | 'on' | 'escapeIdentifier'>;
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
    await client.query(`SET idle_session_timeout = ${SILENT_MS}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  const query = inTurns(client);
  let beating = false;
  const beat = async (): Promise<void> => {
    if (beating) return;
    beating = true;
    // One that fails ends the connection, and that is heard of above.
    await query('SELECT').catch(() => undefined);
    beating = false;
  };
  const heart = setInterval(() => void beat(), BEAT_MS);
  // It may be lost already: in the very turn in which the server answered.
  if (lost.signal.aborted) clearInterval(heart);
  else lost.signal.addEventListener('abort', () => clearInterval(heart), { once: true });
  const close = async (): Promise<void> => {
    lost.abort();
    await client.end().catch(() => undefined);
  };
  const on = client.on.bind(client);
  const escapeIdentifier = client.escapeIdentifier.bind(client);
  return { client: { query, on, escapeIdentifier }, lost: lost.signal, close };
};

const inTurns = (client: Client): Client['query'] => {
  const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (...given: unknown[]): Promise<unknown> => {
    const turn = last.then(() => query(...given));
    last = turn.catch(() => undefined);
    return turn;
  };
  return inTurn as Client['query'];
};
