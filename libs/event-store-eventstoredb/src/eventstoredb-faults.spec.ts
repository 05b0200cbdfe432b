import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import {
  BEFORE_FIRST,
  type ExpectedRevision,
  type NewEvent,
  type RecordedEvent,
  revision,
} from '@gatehouse/event-store';
import { appendPersistently, sampleEvents, uniqueName } from '@gatehouse/event-store/testing';
import { EventStoreDbEventStore } from './index';
import { EventStoreDbTestServer } from './testing';

const WRITERS = 16;

describe('EventStoreDB, when things go wrong', () => {
  let server: EventStoreDbTestServer;
  let store: EventStoreDbEventStore;
  beforeEach(async () => {
    server = await EventStoreDbTestServer.start();
    store = new EventStoreDbEventStore(server.connectionString, { deadlineMs: 1_000, patienceMs: 2_000 });
  });
  afterEach(async () => {
    await store.close();
    server.die();
    expect(server.counts.batchAppend).toBe(0);
  });

  /** Writes one event after another until told to stop, each with what was acknowledged. */
  const writing = async (writer: number, prefix: string, stop: AbortSignal): Promise<readonly NewEvent[]> => {
    const written: NewEvent[] = [];
    // Half of them have a stream of their own and know its revision; the others share one and do not.
    const stream = writer % 2 ? `${prefix}-shared` : `${prefix}-${writer}`;
    let expected: ExpectedRevision = writer % 2 ? 'any' : 'none';
    while (!stop.aborted) {
      const events = sampleEvents(1 + (written.length % 2));
      const appended = await appendPersistently(store, stream, events, expected);
      if (expected !== 'any') expected = appended.revision;
      written.push(...events);
      await sleep(2);
    }
    return written;
  };

  /** Puts down whatever a subscriber gets, in the order that it gets it. */
  const following = async (prefix: string, received: RecordedEvent[], stop: AbortSignal): Promise<void> => {
    const options = { after: BEFORE_FIRST, streamPrefixes: [prefix], signal: stop };
    for await (const { events } of store.subscribe(options)) received.push(...events);
  };

  /** Runs writers and a subscriber through the trouble, and holds what they saw against the log. */
  const survives = async (trouble: () => Promise<void>): Promise<void> => {
    const prefix = uniqueName('writers');
    const [stopWriting, stopFollowing] = [new AbortController(), new AbortController()];
    const received: RecordedEvent[] = [];
    const subscriber = following(`${prefix}-`, received, stopFollowing.signal);
    const writers = Array.from({ length: WRITERS }, (_, index) => writing(index, prefix, stopWriting.signal));
    await trouble();
    stopWriting.abort();
    const acknowledged = (await Promise.all(writers)).flat();
    const inLog = server.log.events.filter(({ stream }) => stream.startsWith(prefix)).map(({ id }) => id);
    for (let look = 0; look < 100 && received.length < inLog.length; look++) await sleep(100);
    // What came twice would come about now.
    await sleep(200);
    stopFollowing.abort();
    await subscriber;
    expect(new Set(inLog).size).toBe(inLog.length);
    expect(acknowledged.filter(({ id }) => !inLog.includes(id))).toEqual([]);
    expect(received.map(({ id }) => id)).toEqual(inLog);
    expect(acknowledged.length).toBeGreaterThan(WRITERS);
  };

  it('loses nothing acknowledged and doubles nothing over three deaths, for 16 writers and a subscriber', async () => {
    await survives(async () => {
      for (const moment of ['written', 'receiving', undefined] as const) {
        await sleep(400);
        if (moment) server.faults.dieAtAppend(20, moment);
        else server.die();
        while (server.alive) await sleep(10);
        await sleep(200);
        await server.restart();
      }
      await sleep(400);
    });
  }, 60_000);

  it('the same when the server stands still for 3 s', async () => {
    await survives(async () => {
      await sleep(300);
      server.faults.stall(3_000);
      await sleep(3_500);
    });
  }, 60_000);

  it('sends an append again, with the same ids, when its answer is lost', async () => {
    const stream = uniqueName('lost');
    for (const expected of ['none', 'exists', 'any'] as const) {
      const before = server.counts.append;
      server.faults.loseAnswers(3);
      const events = sampleEvents(2);
      const { revision } = await store.append(stream, events, expected);
      // With a revision the server answers a repetition; without one the adapter finds what it wrote before.
      expect(server.counts.append - before).toBe(expected === 'none' ? 4 : 1);
      expect((await store.read(stream)).slice(-2).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      expect((await store.read(stream)).at(-1)?.revision).toBe(revision);
    }
    expect(await store.read(stream)).toHaveLength(6);
  });

  it('gives up in the end, and a later repetition answers what was written', async () => {
    const stream = uniqueName('given-up');
    await store.append(stream, sampleEvents(600), 'none');
    const events = sampleEvents(2);
    const unavailable = { code: 'UNAVAILABLE', reason: 'EVENT_STORE_UNAVAILABLE' };
    server.faults.dieAtAppend(1, 'written');
    await expect(store.append(stream, events, 'any')).rejects.toMatchObject(unavailable);
    await expect(store.read(stream)).rejects.toMatchObject(unavailable);
    await expect(store.head()).rejects.toMatchObject(unavailable);
    await server.restart();
    const first = server.log.events.find(({ id }) => id === events[1]?.id);
    await store.append(stream, sampleEvents(600), 'any');
    expect(await store.append(stream, events, 'any')).toEqual({
      revision: first?.revision,
      position: first?.position,
    });
    expect(await store.read(stream)).toHaveLength(1_202);
  });

  it('goes on trying while the server is away for 3 s, which is what a restart or an election takes', async () => {
    const patient = new EventStoreDbEventStore(server.connectionString);
    const stream = uniqueName('away');
    await patient.append(stream, sampleEvents(1), 'none');
    server.die();
    const under = [
      patient.append(stream, sampleEvents(1), revision(0n)),
      patient.append(uniqueName('other'), sampleEvents(2), 'any'),
      patient.read(stream),
      patient.head(),
    ];
    await sleep(3_000);
    await server.restart();
    await expect(Promise.all(under)).resolves.toHaveLength(4);
    await patient.close();
  }, 20_000);

  it('does not wait for ever for a server that says nothing', async () => {
    const stream = uniqueName('silent');
    await store.append(stream, sampleEvents(1), 'none');
    server.faults.stall(4_000);
    const startedAt = performance.now();
    const unavailable = { code: 'UNAVAILABLE' };
    await Promise.all([
      expect(store.append(stream, sampleEvents(1), 'any')).rejects.toMatchObject(unavailable),
      expect(store.read(stream)).rejects.toMatchObject(unavailable),
      expect(store.head()).rejects.toMatchObject(unavailable),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(3_500);
  });
});

describe('the batch path of the client, which the adapter never takes', () => {
  it('ends the process when an answer comes twice', async () => {
    const server = await EventStoreDbTestServer.start();
    server.faults.answerTwice(1);
    const script = `
      const { EventStoreDBClient, jsonEvent } = require('@eventstore/db-client');
      const client = EventStoreDBClient.connectionString(process.argv[1]);
      client.appendToStream('s', jsonEvent({ type: 'Thing', data: {} })).then(() => console.log('appended'));`;
    const child = spawn(process.execPath, ['-e', script, server.connectionString], {
      cwd: join(__dirname, '..'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).not.toBe(0);
    expect(said).toContain('TypeError');
    expect(server.counts).toMatchObject({ append: 0, batchAppend: 1 });
    server.die();
  }, 20_000);

  it('is taken without credentials', async () => {
    const server = await EventStoreDbTestServer.start();
    const client = EventStoreDBClient.connectionString(server.connectionString);
    await client.appendToStream('s', jsonEvent({ type: 'Thing', data: {} }));
    expect(server.counts).toMatchObject({ append: 0, batchAppend: 1 });
    await client.dispose();
    server.die();
  });
});
