import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Credentials, EventStoreDBClient } from '@eventstore/db-client';
import { engineAddress, speaksTls } from '@gatehouse/config';
import { AppError } from '@gatehouse/kernel';
import { pause } from './pause';

/**
 * Nobody's. Giving any credentials with a call takes the plain Append call and not the shared batch stream, so a server
 * without TLS, which asks for none, is given these; the client does not even send them there.
 */
const PLACEHOLDER: Credentials = { username: 'nobody', password: 'none' };
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
 * Errors: INVALID `EVENT_STORE_ADDRESS_MALFORMED`; INVALID `EVENT_STORE_CREDENTIALS_MISSING` where the server speaks TLS
 * and the address says not who we are: credentials are never invented.
 */
export const connect = (address: string): Connection => {
  // The newer name of the same protocol, which this client does not know.
  const connectionString = address.replace(/^kurrentdb(?=\+discover:|:)/, 'esdb');
  const credentials = credentialsIn(connectionString);
  const client = open(connectionString);
  const reconnect = client['handleError'];
  client['handleError'] = async (failed, error) => {
    await nextTurn();
    await reconnect(failed, error).catch(() => undefined);
  };
  return { client, credentials };
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
  const address = engineAddress(connectionString);
  if (!address) throw new AppError('INVALID', 'EVENT_STORE_ADDRESS_MALFORMED');
  if (address.credentials) return address.credentials;
  if (speaksTls(address)) throw new AppError('INVALID', 'EVENT_STORE_CREDENTIALS_MISSING');
  return PLACEHOLDER;
};
