import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Credentials, EventStoreDBClient } from '@eventstore/db-client';
import { AppError } from '@gatehouse/kernel';
import { pause } from './pause';

/** Any will do on an insecure server: giving them takes the plain Append call, not the shared batch stream. */
const FALLBACK_CREDENTIALS: Credentials = { username: 'admin', password: 'changeit' };
/** What a read or a subscription may take to end when it is told to. */
const DISPOSE_MS = 2_000;

/** A client of one server or cluster, and how it is told who we are. */
export interface Connection {
  readonly client: EventStoreDBClient;
  readonly credentials: Credentials;
}

/**
 * The client closes its channel when a call fails, and makes a new one. It does so in the very turn of the event loop in
 * which another append may just have picked the old one: that append would throw where nobody can catch it, and end the
 * process. So the closing waits for the next turn; and its own failure, which nobody awaits, is caught.
 *
 * Errors: INVALID `EVENT_STORE_ADDRESS_MALFORMED`.
 */
export const connect = (address: string): Connection => {
  // The newer name of the same protocol, which this client does not know.
  const connectionString = address.replace(/^kurrentdb(?=\+discover:|:)/, 'esdb');
  const client = open(connectionString);
  const reconnect = client['handleError'];
  client['handleError'] = async (failed, error) => {
    await nextTurn();
    await reconnect(failed, error).catch(() => undefined);
  };
  return { client, credentials: credentialsIn(connectionString) };
};

/** The client's own `dispose` ends what streams, and leaves the connection open. */
export const disconnect = async ({ client }: Connection): Promise<void> => {
  const waited = new AbortController();
  await Promise.race([client.dispose(), pause(DISPOSE_MS, waited.signal)]);
  waited.abort();
  await nextTurn();
  const channel = await client['getChannel']().catch(() => undefined);
  channel?.close();
};

/** What is wrong with an address is not told: the client's message would show it whole, with its password. */
const open = (connectionString: string): EventStoreDBClient => {
  try {
    return EventStoreDBClient.connectionString(connectionString);
  } catch {
    throw new AppError('INVALID', 'EVENT_STORE_ADDRESS_MALFORMED');
  }
};

const credentialsIn = (connectionString: string): Credentials => {
  const match = /^[^:]+:\/\/([^:]+):([^@]+)@/.exec(connectionString);
  if (!match) return FALLBACK_CREDENTIALS;
  return { username: decodeURIComponent(match[1] ?? ''), password: decodeURIComponent(match[2] ?? '') };
};
