import { eventStoreContract } from '@gatehouse/event-store/testing';
import { eventStoreDbUnderTest, findRealServer, startContainer } from './testing';

const server = findRealServer();

switch (server.kind) {
  case 'running':
    eventStoreContract('EventStoreDB, a real one', () =>
      eventStoreDbUnderTest({ connectionString: server.connectionString, dispose: async () => undefined }),
    );
    break;
  case 'image':
    eventStoreContract(`EventStoreDB, ${server.image}`, async () => {
      const { connectionString, stop } = await startContainer(server.image);
      return eventStoreDbUnderTest({ connectionString, dispose: stop });
    });
    break;
  case 'none':
    process.stderr.write(`A real EventStoreDB was not tested: ${server.why}.\n`);
    describe('event store: EventStoreDB, a real one', () => {
      it.skip(`skipped: ${server.why}`, () => undefined);
    });
}
