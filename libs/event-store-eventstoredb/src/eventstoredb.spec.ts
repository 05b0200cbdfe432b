import { eventStoreContract } from '@gatehouse/event-store/testing';
import { EventStoreDbTestServer, eventStoreDbUnderTest } from './testing';

eventStoreContract('EventStoreDB, over the wire-level test server', async () => {
  const server = await EventStoreDbTestServer.start();
  return eventStoreDbUnderTest({
    connectionString: server.connectionString,
    dispose: async () => server.die(),
  });
});
