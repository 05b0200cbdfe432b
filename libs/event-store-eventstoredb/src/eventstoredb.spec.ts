import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { BEFORE_FIRST, type NewEvent, position, type RecordedEvent } from '@gatehouse/event-store';
import { sampleEvent, sampleEvents, uniqueName } from '@gatehouse/event-store/testing';
import { until } from '@gatehouse/kernel/testing';
import { EventStoreDbEventStore } from './index';
import { pause } from './pause';
import { EventStoreDbTestServer } from './testing';

describe('the log in EventStoreDB', () => {
  let server: EventStoreDbTestServer;
  let store: EventStoreDbEventStore;
  beforeAll(async () => {
    server = await EventStoreDbTestServer.start();
    store = new EventStoreDbEventStore(server.connectionString);
  });
  afterAll(async () => {
    await store.close();
    server.die();
  });

  const appendForeign = async (stream: string, type = 'Foreign'): Promise<void> => {
    const client = EventStoreDBClient.connectionString(server.connectionString);
    await client.appendToStream(stream, jsonEvent({ type, data: { ours: false } }));
    await client.dispose();
  };

  it('may hold events of the server and of others: those are passed over', async () => {
    const start = await store.head();
    const [ours, theirs] = [uniqueName('ours'), uniqueName('theirs')];
    await store.append(ours, sampleEvents(1), 'none');
    await appendForeign(theirs);
    await appendForeign(`$${theirs}`);
    const { position: last } = await store.append(ours, sampleEvents(50), 'any');
    const page = await store.readAll({ after: start, limit: 100 });
    expect(new Set(page.events.map(({ stream }) => stream))).toEqual(new Set([ours]));
    expect(page).toMatchObject({ end: true });
    expect(page.next).toBeGreaterThanOrEqual(last);
    const followed: string[] = [];
    const stop = new AbortController();
    for await (const { events, checkpoint } of store.subscribe({ after: start, signal: stop.signal })) {
      followed.push(...events.map(({ stream }) => stream));
      if (checkpoint >= page.next) stop.abort();
    }
    expect(followed).toEqual(page.events.map(({ stream }) => stream));
    await expect(store.read(theirs)).rejects.toThrow('was not written by Gatehouse');
  });

  it('moves the checkpoint of a quiet subscription to its head, though the server tells none', async () => {
    const seen: bigint[] = [];
    const reached = (at: bigint) => until(() => (seen.at(-1) ?? 0n) >= at, `a checkpoint of ${at}`);
    const stop = new AbortController();
    const following = (async () => {
      const options = { after: BEFORE_FIRST, streamPrefixes: [uniqueName('nobody')], signal: stop.signal };
      for await (const { checkpoint } of store.subscribe(options)) seen.push(checkpoint);
    })();
    await reached(await store.head());
    const { position: own } = await store.append(uniqueName('other'), sampleEvents(1), 'none');
    await reached(own);
    await appendForeign(uniqueName('theirs'), '$system');
    await reached(await store.head());
    stop.abort();
    await following;
  });

  it('catches up on one stream of the server, not by pages', async () => {
    const stream = uniqueName('long');
    const start = await store.head();
    for (let append = 0; append < 6; append++) await store.append(stream, sampleEvents(500), 'any');
    const before = { ...server.counts };
    let events = 0;
    const stop = new AbortController();
    for await (const batch of store.subscribe({
      after: start,
      streamPrefixes: [stream],
      signal: stop.signal,
    })) {
      events += batch.events.length;
      if (events === 3_000) stop.abort();
    }
    expect(events).toBe(3_000);
    expect(server.counts.subscription - before.subscription).toBe(1);
    // At its end it looks for what a quiet subscription would never pass; pages of 500 would be six.
    expect(server.counts.read - before.read).toBeLessThan(3);
  });

  it('holds no more at once than so many bytes, and leaves nothing out', async () => {
    const start = await store.head();
    const stream = uniqueName('heavy');
    const heavy = 'h'.repeat(900_000);
    for (let n = 0; n < 12; n++) await store.append(stream, [sampleEvent({ n, heavy })], 'any');
    const numbersOf = (events: readonly RecordedEvent[]) => events.map(({ data }) => data['n']);
    const all = Array.from({ length: 12 }, (_, n) => n);
    for (const only of [{}, { streamPrefixes: [stream] }]) {
      const pages: unknown[][] = [];
      for (let after = start, end = false; !end;) {
        const page = await store.readAll({ after, limit: 100, ...only });
        pages.push(numbersOf(page.events));
        ({ next: after, end } = page);
      }
      expect(pages.flat()).toEqual(all);
      expect(Math.max(...pages.map(({ length }) => length))).toBe(5);
    }
    const parts: unknown[][] = [];
    for await (const part of store.readParts(stream)) parts.push(numbersOf(part));
    expect(parts.map(({ length }) => length)).toEqual([5, 5, 2]);
    expect(parts.flat()).toEqual(all);
    const light = uniqueName('light');
    await store.append(light, sampleEvents(1), 'none');
    const groups: string[] = [];
    for await (const group of store.readGroups([stream, light])) groups.push(...group.keys());
    expect(groups).toEqual([light]);
    const batches: unknown[][] = [];
    const stop = new AbortController();
    const options = { after: start, streamPrefixes: [stream], signal: stop.signal };
    for await (const { events } of store.subscribe(options)) {
      batches.push(numbersOf(events));
      if (batches.flat().length === all.length) stop.abort();
      // Meanwhile the rest arrives.
      await pause(200, new AbortController().signal);
    }
    expect(batches.flat()).toEqual(all);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(5);
  }, 60_000);

  it('refuses a position that is of another log', async () => {
    const refused = { code: 'INVALID', reason: 'EVENT_STORE_REFUSED' };
    const after = position(7n);
    await expect(store.readAll({ after, limit: 10 })).rejects.toMatchObject(refused);
    const subscription = store.subscribe({ after, signal: new AbortController().signal });
    await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  });

  it('refuses a stream that somebody ended for ever', async () => {
    const stream = uniqueName('grave');
    await store.append(stream, sampleEvents(1), 'none');
    server.log.tombstone(stream, 'any');
    const refused = { code: 'REFUSED', reason: 'STREAM_DELETED' };
    await expect(store.append(stream, sampleEvents(1), 'any')).rejects.toMatchObject(refused);
    await expect(store.read(stream)).rejects.toMatchObject(refused);
  });

  it('tells a lost race whatever the connection string says of failures', async () => {
    const lenient = new EventStoreDbEventStore(`${server.connectionString}&throwOnAppendFailure=false`);
    const stream = uniqueName('lenient');
    const append = (events: readonly NewEvent[]) => lenient.append(stream, events, 'none');
    await append(sampleEvents(3));
    await expect(append(sampleEvents(1))).rejects.toMatchObject({ metadata: { actual: '2' } });
    await lenient.close();
  });

  it('takes the address of either name, and does not show a malformed one', async () => {
    const kurrent = new EventStoreDbEventStore(server.connectionString.replace('esdb:', 'kurrentdb:'));
    expect(await kurrent.head()).toBe(await store.head());
    await kurrent.close();
    const malformed = (): unknown => new EventStoreDbEventStore('esdb://admin:secret@host:port');
    expect(malformed).toThrow(expect.objectContaining({ reason: 'EVENT_STORE_ADDRESS_MALFORMED' }));
    expect(malformed).not.toThrow('secret');
  });

  it.each(['esdb://a:2113', 'esdb://a,b,c?tls=true', 'esdb+discover://a?tls=false&tls=true'])(
    'never invents who we are: %s is refused',
    (address) => {
      const open = (): unknown => new EventStoreDbEventStore(address);
      expect(open).toThrow(expect.objectContaining({ reason: 'EVENT_STORE_CREDENTIALS_MISSING' }));
    },
  );

  it('does nothing more when it is closed, and may be closed again', async () => {
    const closed = new EventStoreDbEventStore(server.connectionString);
    const stream = uniqueName('closed');
    await closed.append(stream, sampleEvents(1), 'none');
    const left = closed.append(stream, [sampleEvent()], 'any').catch((error: unknown) => error);
    await Promise.all([closed.close(), closed.close()]);
    expect(await left).toMatchObject({ code: 'UNAVAILABLE' });
    await expect(closed.read(stream)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const batches: RecordedEvent[][] = [];
    for await (const { events } of closed.subscribe({
      after: BEFORE_FIRST,
      signal: new AbortController().signal,
    }))
      batches.push([...events]);
    expect(batches).toEqual([]);
  });
});
