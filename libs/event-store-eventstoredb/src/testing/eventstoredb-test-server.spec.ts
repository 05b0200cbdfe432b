import { randomUUID } from 'node:crypto';
import {
  type AllStreamSubscription,
  BACKWARDS,
  binaryEvent,
  END,
  EventStoreDBClient,
  type EventData,
  type Filter,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  START,
  StreamDeletedError,
  streamNameFilter,
  StreamNotFoundError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { EventStoreDbTestServer } from './eventstoredb-test-server';

/* What the real client makes of the test server's answers; in brackets what it made of those of a real 23.10.1. */

const plain = { credentials: { username: 'admin', password: 'changeit' } };
const event = (data: object = {}): EventData =>
  jsonEvent({ id: randomUUID(), type: 'Thing', data: data as never }) as EventData;
const some = (count: number): EventData[] => Array.from({ length: count }, () => event());

describe('the test server, to the real client', () => {
  let server: EventStoreDbTestServer;
  let client: EventStoreDBClient;
  let stream: string;
  beforeAll(async () => {
    server = await EventStoreDbTestServer.start();
    client = EventStoreDBClient.connectionString(server.connectionString);
  });
  afterAll(async () => {
    await client.dispose();
    server.die();
  });
  beforeEach(() => {
    stream = `s-${randomUUID()}`;
  });

  describe.each([
    ['the plain path', plain],
    ['the batch path', {}],
  ])('by %s', (_name, call) => {
    it('an append succeeds, repeated with the revision and position it had', async () => {
      const events = some(2);
      const first = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM, ...call });
      expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
      expect(first.position?.commit).toBe(first.position?.prepare);
      await client.appendToStream(stream, some(1), call);
      expect(await client.appendToStream(stream, events, { expectedRevision: NO_STREAM, ...call })).toEqual(
        first,
      );
    });

    it('a wrong revision is told with the actual one', async () => {
      await client.appendToStream(stream, some(2), call);
      const error = await client
        .appendToStream(stream, some(1), { expectedRevision: 7n, ...call })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(WrongExpectedVersionError);
      expect(error).toMatchObject({ expectedVersion: 7n, actualVersion: 1n, streamName: stream });
      await expect(
        client.appendToStream(`${stream}-none`, some(1), { expectedRevision: 0n, ...call }),
      ).rejects.toMatchObject({ actualVersion: 'no_stream' });
    });

    it('an append over 1,048,576 bytes in all is refused', async () => {
      const half = event({ half: 'x'.repeat(524_288) });
      await expect(
        client.appendToStream(stream, [half, { ...half, id: randomUUID() }], call),
      ).rejects.toBeInstanceOf(MaxAppendSizeExceededError);
    });

    it('an append of nothing succeeds with revision 0', async () => {
      expect(await client.appendToStream(stream, [], call)).toEqual({
        success: true,
        nextExpectedRevision: 0n,
        position: undefined,
      });
    });

    it('a tombstoned stream is deleted', async () => {
      await client.appendToStream(stream, some(1), call);
      await client.tombstoneStream(stream, plain);
      await expect(client.appendToStream(stream, some(1), call)).rejects.toBeInstanceOf(StreamDeletedError);
      await expect(drain(client.readStream(stream))).rejects.toMatchObject({ streamName: stream });
    });
  });

  it('an empty type or stream is unknown', async () => {
    const untyped = { ...event(), type: '' };
    await expect(client.appendToStream(stream, [untyped], plain)).rejects.toBeInstanceOf(UnknownError);
    await expect(client.appendToStream('', some(1), plain)).rejects.toBeInstanceOf(UnknownError);
  });

  it('a missing and a deleted stream are not found, beyond the end is empty', async () => {
    await expect(drain(client.readStream(stream))).rejects.toBeInstanceOf(StreamNotFoundError);
    await client.appendToStream(stream, some(2), plain);
    expect(await drain(client.readStream(stream, { fromRevision: 2n }))).toEqual([]);
    await client.deleteStream(stream, plain);
    await expect(drain(client.readStream(stream))).rejects.toBeInstanceOf(StreamNotFoundError);
    const again = await client.appendToStream(stream, some(1), { expectedRevision: NO_STREAM, ...plain });
    expect(again.nextExpectedRevision).toBe(2n);
  });

  it('binary events come back as bytes', async () => {
    const data = Uint8Array.of(0, 255, 128, 7);
    const sent = binaryEvent({ id: randomUUID(), type: 'Bytes', data, metadata: data });
    await client.appendToStream(stream, [sent], plain);
    const [read] = await drain(client.readStream(stream));
    expect(read?.event).toMatchObject({ type: 'Bytes', isJson: false });
    expect([read?.event?.data, read?.event?.metadata]).toEqual([data, data]);
  });

  it('$all is read from a position, inclusively, forwards and backwards, system events too', async () => {
    const { position } = await client.appendToStream(stream, some(2), plain);
    await client.deleteStream(stream, plain);
    const forwards = await drain(client.readAll({ fromPosition: position as never, maxCount: 2 }));
    expect(forwards.map((read) => read.event?.type)).toEqual(['Thing', '$metadata']);
    const backwards = await drain(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 2 }));
    expect(backwards.map((read) => read.event?.type)).toEqual(['$metadata', 'Thing']);
    await expect(drain(client.readAll({ fromPosition: { commit: 3n, prepare: 3n } }))).rejects.toMatchObject({
      code: 3,
    });
  });

  describe('a subscription to $all', () => {
    const follow = (filter: Filter, from: bigint | undefined): Promise<readonly string[]> =>
      new Promise((resolve) => {
        const told: string[] = [];
        const subscription: AllStreamSubscription = client.subscribeToAll({
          fromPosition: from === undefined ? START : { commit: from, prepare: from },
          filter: { ...filter, checkpointReached: async () => void told.push('checkpoint') } as Filter,
        });
        subscription.on('error', () => undefined);
        subscription.on('confirmation', () => told.push('confirmation'));
        subscription.on('data', (item) => told.push(`event ${item.event?.revision}`));
        subscription.on('caughtUp', () => {
          resolve(told);
          void subscription.unsubscribe();
        });
      });

    it('confirms, tells the events after the position, and that it caught up', async () => {
      await client.appendToStream(stream, some(2), plain);
      const [first] = await drain(client.readStream(stream, { maxCount: 1 }));
      const told = await follow(streamNameFilter({ prefixes: [stream] }), first?.event?.position?.commit);
      expect(told).toEqual(['confirmation', 'event 1']);
    });

    it('tells a checkpoint after each window times interval that it looked at', async () => {
      const { position } = await client.appendToStream(stream, some(1), plain);
      for (let index = 0; index < 10; index++) await client.appendToStream(`${stream}-x`, some(100), plain);
      const looked = server.log.events.filter((logged) => logged.position > (position?.commit ?? 0n)).length;
      const nobody = { prefixes: [`${stream}-nobody`] };
      const byDefault = await follow(streamNameFilter(nobody), position?.commit);
      expect(byDefault).toHaveLength(1 + Math.floor(looked / 32));
      const seldom = streamNameFilter({ ...nobody, maxSearchWindow: 100, checkpointInterval: 5 });
      expect(await follow(seldom, position?.commit)).toEqual(['confirmation', 'checkpoint', 'checkpoint']);
    });
  });

  it('tells its version and what it can', async () => {
    const features = await client['capabilities'];
    expect(features.serverVersion).toBe('23.10.1');
    expect(features.supports({ path: '/event_store.client.streams.Streams/BatchAppend' } as never)).toBe(
      true,
    );
  });
});

const drain = async <T>(reading: AsyncIterable<T>): Promise<readonly T[]> => {
  const items: T[] = [];
  for await (const item of reading) items.push(item);
  return items;
};
