import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CertifiedKey, makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { eventStoreContract, sampleEvents, uniqueName } from '@gatehouse/event-store/testing';
import { EventStoreDbEventStore } from './index';
import { EventStoreDbTestServer, eventStoreDbUnderTest } from './testing';

/** Long enough that a repetition from another process meets the first while it is being replicated. */
const REPLICATION_MS = 20;
const USERS = { ops: 'p@ss:word/ with spaces' };
const credentials = `ops:${encodeURIComponent(USERS.ops)}`;

const directory = mkdtempSync(join(tmpdir(), 'eventstoredb-'));
const authority = join(directory, 'ca.pem');
let certificate: CertifiedKey;
beforeAll(async () => {
  const today = { from: new Date(Date.now() - 3_600_000), days: 1 };
  const signer = await makeAuthority('test authority', today);
  writeFileSync(authority, signer.certificate);
  certificate = await makeCertificate(signer, { name: 'test server', hosts: ['localhost'] }, today);
});
afterAll(() => rmSync(directory, { recursive: true }));

const startSecured = (): Promise<EventStoreDbTestServer> =>
  EventStoreDbTestServer.start({ replicationMs: REPLICATION_MS, secured: { certificate, users: USERS } });
/** By the name that the certificate holds. */
const nameOf = (server: EventStoreDbTestServer): string => server.address.replace('127.0.0.1', 'localhost');
const trusted = `tls=true&tlsCAFile=${encodeURIComponent(authority)}`;

// Without TLS and users nothing would differ but the connection.
eventStoreContract('EventStoreDB with TLS, users, and time between writing and answering', async () => {
  const server = await startSecured();
  return eventStoreDbUnderTest({
    connectionString: `esdb://${credentials}@${nameOf(server)}?${trusted}`,
    dispose: async () => {
      server.die();
      // Simultaneous repetitions from two clients: what the server is too strict about was met, and survived.
      expect(server.counts.dropped).toBeGreaterThan(0);
      expect(server.counts.append).toBeGreaterThan(100);
      expect(server.counts.batchAppend).toBe(0);
    },
  });
});

describe('an EventStoreDB with TLS and users', () => {
  let server: EventStoreDbTestServer;
  beforeAll(async () => {
    server = await startSecured();
  });
  afterAll(() => server.die());

  it.each(['ops:wrong', 'nobody:none', 'admin:changeit'])('lets nobody else in: %s', async (other) => {
    const store = new EventStoreDbEventStore(`esdb://${other}@${nameOf(server)}?${trusted}`);
    const denied = { code: 'FORBIDDEN', reason: 'EVENT_STORE_DENIED' };
    await expect(store.head()).rejects.toMatchObject(denied);
    await expect(store.append(uniqueName('denied'), sampleEvents(1), 'any')).rejects.toMatchObject(denied);
    await store.close();
  });

  it('is not believed without its authority', async () => {
    const store = new EventStoreDbEventStore(`esdb://${credentials}@${nameOf(server)}?tls=true`, {
      patienceMs: 0,
    });
    await expect(store.head()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await store.close();
  });
});

describe('several seeds', () => {
  it('are an address: the leader is found by those that answer, also after it was away', async () => {
    const server = await EventStoreDbTestServer.start();
    const store = new EventStoreDbEventStore(`esdb://127.0.0.1:1,${server.address},127.0.0.1:2?tls=false`);
    const stream = uniqueName('seeds');
    const { revision } = await store.append(stream, sampleEvents(1), 'none');
    server.die();
    const later = store.append(stream, sampleEvents(1), revision);
    await server.restart();
    await expect(later).resolves.toMatchObject({ revision: 1n });
    await store.close();
    server.die();
  }, 20_000);
});

describe('a repetition while the first is being replicated', () => {
  it('from another process is made again after the commit timeout, and answered as the first', async () => {
    const server = await EventStoreDbTestServer.start({ replicationMs: 300 });
    const [one, other] = [server, server].map(
      ({ connectionString }) => new EventStoreDbEventStore(connectionString),
    ) as [EventStoreDbEventStore, EventStoreDbEventStore];
    for (const expected of ['none', 'any'] as const) {
      const stream = uniqueName('dropped');
      const events = sampleEvents(2);
      const before = server.counts.dropped;
      const [first, second] = await Promise.all(
        [one, other].map((store) => store.append(stream, events, expected)),
      );
      expect(second).toEqual(first);
      expect(server.counts.dropped).toBe(before + 1);
      expect(await one.read(stream)).toHaveLength(2);
    }
    await Promise.all([one.close(), other.close()]);
    server.die();
  }, 20_000);

  it('from the same process is not sent', async () => {
    const server = await EventStoreDbTestServer.start({ replicationMs: 100 });
    const store = new EventStoreDbEventStore(server.connectionString);
    const stream = uniqueName('twins');
    const events = sampleEvents(2);
    const twins = await Promise.all([1, 2, 3].map(() => store.append(stream, events, 'any')));
    expect(new Set(twins.map(({ position }) => position)).size).toBe(1);
    expect(server.counts).toMatchObject({ append: 1, dropped: 0 });
    await store.close();
    server.die();
  });
});
