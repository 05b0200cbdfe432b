import { AppError, type EventId, type OrganizationId } from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import { MAX_APPEND_BYTES } from '../append-rules';
import { decideAndAppend, readState } from '../decide-and-append';
import { BEFORE_FIRST, type NewEvent, type RecordedEvent, revision } from '../event';
import type { ExpectedRevision, SubscriptionBatch } from '../event-store';
import { counterAggregate } from './counter-aggregate';
import { checkCatchUp, checkConcurrentAppends, checkOneWinner, checkRepetition } from './log-checks';
import { sampleEvent, sampleEvents, sampleMetadata, uniqueName } from './sample-events';
import type { StoreTraits, StoreUnderTest } from './store-under-test';

type Current = () => StoreUnderTest;

/** What every event store must do. Each adapter runs all of it; `create` is called once. */
export const eventStoreContract = (
  name: string,
  create: () => Promise<StoreUnderTest>,
  traits: StoreTraits = {},
): void => {
  describe(`event store: ${name}`, () => {
    let underTest: StoreUnderTest | undefined;
    const current: Current = () => {
      if (underTest === undefined) throw new Error('the store under test could not be made');
      return underTest;
    };
    beforeAll(async () => {
      underTest = await create();
    }, 120_000);
    afterAll(() => underTest?.dispose(), 60_000);

    if (traits.dense) describeDense(current);
    describeExpectedRevision(current);
    describeMalformed(current);
    describeConcurrency(current);
    describeRepetition(current);
    if (traits.refusesReusedIds) describeReusedIds(current);
    describeEach(current);
    describeRead(current);
    describeRecorded(current, traits);
    describeReadAll(current);
    describeSubscription(current);
    describeAggregates(current);
  });
};

/** Runs first, on the empty log. */
const describeDense = (current: Current): void =>
  describe('dense positions', () => {
    it('begin at 1 and have no gaps, whatever is refused between', async () => {
      const { store } = current();
      expect(await store.head()).toBe(BEFORE_FIRST);
      expect(await store.readAll({ after: BEFORE_FIRST, limit: 10 })).toEqual({
        events: [],
        next: BEFORE_FIRST,
        end: true,
      });
      const stream = uniqueName('dense');
      await store.append(stream, sampleEvents(2), 'none');
      await expect(store.append(stream, sampleEvents(2), 'none')).rejects.toThrow('REVISION_MISMATCH');
      await store.append(stream, sampleEvents(3), 'exists');
      const { events, end } = await store.readAll({ after: BEFORE_FIRST, limit: 10 });
      expect(events.map((event) => event.position)).toEqual([1n, 2n, 3n, 4n, 5n]);
      expect(end).toBe(true);
      expect(await store.head()).toBe(5n);
    });
  });

const describeExpectedRevision = (current: Current): void =>
  describe('expected revision', () => {
    const append = (stream: string, expected: ExpectedRevision) =>
      current().store.append(stream, sampleEvents(2), expected);

    it('none: the stream must be absent', async () => {
      const stream = uniqueName('none');
      expect((await append(stream, 'none')).revision).toBe(1n);
      await expect(append(stream, 'none')).rejects.toMatchObject(mismatch('1'));
    });

    it('any: nothing is asked', async () => {
      const stream = uniqueName('any');
      expect((await append(stream, 'any')).revision).toBe(1n);
      expect((await append(stream, 'any')).revision).toBe(3n);
    });

    it('exists: the stream must be present', async () => {
      const stream = uniqueName('exists');
      await expect(append(stream, 'exists')).rejects.toMatchObject(mismatch('none'));
      await append(stream, 'none');
      expect((await append(stream, 'exists')).revision).toBe(3n);
    });

    it('exact: the stream must be at the revision, neither before nor after it', async () => {
      const stream = uniqueName('exact');
      await expect(append(stream, revision(0n))).rejects.toMatchObject(mismatch('none'));
      await append(stream, 'none');
      await expect(append(stream, revision(0n))).rejects.toMatchObject(mismatch('1'));
      await expect(append(stream, revision(2n))).rejects.toMatchObject(mismatch('1'));
      expect((await append(stream, revision(1n))).revision).toBe(3n);
    });

    it('a refused append leaves nothing', async () => {
      const { store } = current();
      const stream = uniqueName('refused');
      const { position: head } = await append(stream, 'none');
      await expect(append(stream, revision(7n))).rejects.toThrow(AppError);
      expect(await store.read(stream)).toHaveLength(2);
      const { events } = await store.readAll({ after: head, limit: 100, streamPrefixes: [stream] });
      expect(events).toEqual([]);
    });
  });

const describeMalformed = (current: Current): void =>
  describe('a malformed append', () => {
    const twice = sampleEvent();
    const half = 'x'.repeat(MAX_APPEND_BYTES / 2);
    const cases: Record<string, [stream: string, events: readonly NewEvent[]]> = {
      'without events': ['malformed-1', []],
      'to a stream without a name': ['', sampleEvents(1)],
      'to a stream with a name too long': ['s'.repeat(201), sampleEvents(1)],
      'of an event without a type': ['malformed-1', [sampleEvent({}, { type: '' })]],
      'of an event with a type too long': ['malformed-1', [sampleEvent({}, { type: 'T'.repeat(101) })]],
      'of an event of version 0': ['malformed-1', [sampleEvent({}, { version: 0 })]],
      'of an event whose id is no UUID': ['malformed-1', [sampleEvent({}, { id: 'one' as EventId })]],
      'with an id twice': ['malformed-1', [twice, twice]],
      'of 1001 events': ['malformed-1', sampleEvents(1001)],
      'of more than 1 MiB': ['malformed-1', [sampleEvent({ half }), sampleEvent({ half })]],
    };

    it.each(Object.entries(cases))('%s is refused', async (_case, [stream, events]) => {
      const { store } = current();
      await expect(store.append(stream, events, 'any')).rejects.toMatchObject({
        code: 'INVALID',
        reason: 'APPEND_MALFORMED',
      });
      expect(await store.read('malformed-1')).toEqual([]);
    });

    it('is not one of 1000 events, nor one of nearly 1 MiB', async () => {
      const { store } = current();
      const stream = uniqueName('large');
      await store.append(stream, sampleEvents(1000), 'none');
      await store.append(
        stream,
        [sampleEvent({ half }), sampleEvent({ most: half.slice(5_000) })],
        revision(999n),
      );
      const recorded = await store.read(stream);
      expect(recorded).toHaveLength(1002);
      expect(recorded[1000]?.data).toEqual({ half });
    }, 30_000);
  });

const describeConcurrency = (current: Current): void =>
  describe('concurrent appends', () => {
    it('with `any` all land, whole', () => checkConcurrentAppends(current()), 60_000);

    it('that expect the same revision: one happens', () => checkOneWinner(current()), 60_000);

    it('that try again at the new revision all land', async () => {
      const { store } = current();
      const stream = uniqueName('counter');
      const count = async (requestId: string): Promise<void> => {
        const options = { metadata: sampleMetadata({ requestId }), ids: testIds, attemptsMax: 10 };
        for (;;) {
          try {
            await decideAndAppend(store, stream, counterAggregate, { by: 1n }, options);
            return;
          } catch (error) {
            if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: 40 }, (_, index) => count(`request-${index % 20}`)));
      expect((await readState(store, stream, counterAggregate)).state).toEqual({ total: 20n });
    }, 60_000);
  });

const describeRepetition = (current: Current): void =>
  describe('a repeated append answers as the first did', () => {
    const expectations: [string, (stream: string) => Promise<ExpectedRevision>][] = [
      ['none', async () => 'none'],
      ['any', async () => 'any'],
      [
        'an exact revision',
        async (stream) => (await current().store.append(stream, sampleEvents(3), 'none')).revision,
      ],
    ];

    it.each(expectations)('at once, expecting %s', async (_name, prepare) => {
      const { store } = current();
      const stream = uniqueName('again');
      const expected = await prepare(stream);
      const events = sampleEvents(2);
      const first = await store.append(stream, events, expected);
      expect(await store.append(stream, events, expected)).toEqual(first);
      expect((await store.read(stream)).at(-1)?.revision).toBe(first.revision);
    });

    it.each(expectations)('after later appends and a restart, expecting %s', async (_name, prepare) => {
      const { store, open } = current();
      const stream = uniqueName('later');
      const expected = await prepare(stream);
      const events = sampleEvents(2);
      const first = await store.append(stream, events, expected);
      const later = await store.append(stream, sampleEvents(4), first.revision);
      const restarted = await open();
      expect(await restarted.append(stream, events, expected)).toEqual(first);
      await restarted.close();
      expect((await store.read(stream)).at(-1)?.revision).toBe(later.revision);
    });

    it.each(expectations)('when the first answer was lost, expecting %s', async (_name, prepare) => {
      const { store, loseNextAnswer } = current();
      const stream = uniqueName('lost');
      const expected = await prepare(stream);
      const before = (await store.read(stream)).length;
      const events = sampleEvents(2);
      await loseNextAnswer();
      await expect(store.append(stream, events, expected)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        reason: 'EVENT_STORE_UNAVAILABLE',
      });
      const recorded = await store.read(stream);
      expect(recorded).toHaveLength(before + 2);
      const last = recorded.at(-1) as RecordedEvent;
      expect(await store.append(stream, events, expected)).toEqual({
        revision: last.revision,
        position: last.position,
      });
      expect(await store.read(stream)).toHaveLength(before + 2);
    });

    it('also when both run at the same time', () => checkRepetition(current()), 30_000);

    it('but an old id beside a new one is no repetition', async () => {
      const { store } = current();
      const stream = uniqueName('partly');
      const events = sampleEvents(2);
      await store.append(stream, events, 'none');
      await expect(store.append(stream, [...events, sampleEvent()], 'none')).rejects.toMatchObject(
        mismatch('1'),
      );
      expect(await store.read(stream)).toHaveLength(2);
    });
  });

const describeReusedIds = (current: Current): void =>
  describe('an event id is used once', () => {
    const reused = { code: 'INVALID', reason: 'EVENT_ID_REUSED' };

    it('not in another stream', async () => {
      const { store } = current();
      const events = sampleEvents(2);
      await store.append(uniqueName('first'), events, 'none');
      const second = uniqueName('second');
      await expect(store.append(second, events, 'none')).rejects.toMatchObject(reused);
      await expect(store.append(second, [sampleEvent(), events[1] as NewEvent], 'any')).rejects.toMatchObject(
        reused,
      );
      expect(await store.read(second)).toEqual([]);
    });

    it('not again in its stream, in part, in another order or at another revision', async () => {
      const { store } = current();
      const stream = uniqueName('once');
      const [one, two] = sampleEvents(2) as [NewEvent, NewEvent];
      const { revision: at } = await store.append(stream, [one, two], 'none');
      await expect(store.append(stream, [two, sampleEvent()], at)).rejects.toMatchObject(reused);
      await expect(store.append(stream, [two, one], 'any')).rejects.toMatchObject(reused);
      await expect(store.append(stream, [one, two], at)).rejects.toMatchObject(reused);
      expect(await store.read(stream)).toHaveLength(2);
    });

    it('where the revision is wrong too, that is what is said: the lost race decides again', async () => {
      const { store } = current();
      const stream = uniqueName('both');
      const events = sampleEvents(2);
      await store.append(stream, sampleEvents(1), 'none');
      await store.append(stream, events, revision(0n));
      await expect(store.append(stream, events, 'none')).rejects.toMatchObject(mismatch('2'));
    });
  });

const describeEach = (current: Current): void =>
  describe('several streams at once', () => {
    const named = (count: number) => Array.from({ length: count }, () => uniqueName('each'));

    it('are appended to, each answered for itself, and read together', async () => {
      const { store } = current();
      const [one = '', two = '', three = ''] = named(3);
      await store.append(two, sampleEvents(1), 'none');
      const appends = [
        { stream: one, events: sampleEvents(2), expected: 'none' as const },
        { stream: two, events: sampleEvents(3), expected: revision(0n) },
        { stream: three, events: sampleEvents(1), expected: 'any' as const },
      ];
      const answers = await store.appendEach(appends);
      const read = await store.readEach([one, three, two, uniqueName('absent')]);
      expect([one, two, three].map((stream) => read.get(stream)?.length)).toEqual([2, 4, 1]);
      expect([...read.values()].at(-1)).toEqual([]);
      expect(answers).toEqual(
        [one, two, three].map((stream) => {
          const last = read.get(stream)?.at(-1);
          return { status: 'fulfilled', value: { revision: last?.revision, position: last?.position } };
        }),
      );
      expect(read.get(two)).toEqual(await store.read(two));
      expect(
        read
          .get(two)
          ?.slice(1)
          .map(({ id }) => id),
      ).toEqual(appends[1]?.events.map(({ id }) => id));
      // Again, as after a lost answer.
      expect(await store.appendEach(appends)).toEqual(answers);
    });

    it('are refused alone: the others are appended to', async () => {
      const { store } = current();
      const [late = '', malformed = '', another = '', good = ''] = named(4);
      await store.append(late, sampleEvents(2), 'none');
      const other = sampleEvent(
        {},
        {
          metadata: sampleMetadata({ organizationId: `org_${'1'.repeat(26)}` as OrganizationId }),
        },
      );
      const answers = await store.appendEach([
        { stream: late, events: sampleEvents(1), expected: 'none' },
        { stream: malformed, events: [], expected: 'none' },
        { stream: another, events: [other], expected: 'none' },
        { stream: good, events: sampleEvents(1), expected: 'none' },
      ]);
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
      expect(answers[0]).toMatchObject({ reason: mismatch('1') });
      expect(answers[1]).toMatchObject({ reason: { reason: 'APPEND_MALFORMED' } });
      const read = await store.readEach([late, malformed, another, good]);
      expect([...read.values()].map((events) => events.length)).toEqual([2, 0, 1, 1]);
    });

    it('by several writers: nothing is lost, and of two that expect the same one happens', async () => {
      const { store } = current();
      const shared = named(3);
      const rounds = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const own = named(10);
          const answers = await store.appendEach([
            ...own.map((stream) => ({ stream, events: sampleEvents(2), expected: 'none' as const })),
            ...shared.map((stream) => ({ stream, events: sampleEvents(1), expected: 'none' as const })),
          ]);
          return { own, answers };
        }),
      );
      for (const { own, answers } of rounds) {
        const read = await store.readEach(own);
        expect([...read.values()].map((events) => events.map((event) => event.revision))).toEqual(
          own.map(() => [0n, 1n]),
        );
        expect(answers.slice(0, 10).every(({ status }) => status === 'fulfilled')).toBe(true);
      }
      const won = rounds
        .flatMap(({ answers }) => answers.slice(10))
        .filter((one) => one.status === 'fulfilled');
      expect(won).toHaveLength(shared.length);
      expect([...(await store.readEach(shared)).values()].map((events) => events.length)).toEqual([1, 1, 1]);
    }, 60_000);
  });

const describeRead = (current: Current): void =>
  describe('reading a stream', () => {
    const stream = uniqueName('read');
    const revisionsOf = (events: readonly RecordedEvent[]) => events.map((event) => Number(event.revision));
    beforeAll(async () => {
      await current().store.append(stream, sampleEvents(3), 'none');
      await current().store.append(stream, sampleEvents(3), revision(2n));
    });

    it.each([
      ['forward, all of it', {}, [0, 1, 2, 3, 4, 5]],
      ['forward from a revision', { from: revision(2n) }, [2, 3, 4, 5]],
      ['forward, some', { from: revision(1n), limit: 2 }, [1, 2]],
      ['forward from beyond the end', { from: revision(6n) }, []],
      ['backward, all of it', { direction: 'backward' }, [5, 4, 3, 2, 1, 0]],
      ['backward from a revision', { direction: 'backward', from: revision(3n) }, [3, 2, 1, 0]],
      ['backward, the last', { direction: 'backward', limit: 1 }, [5]],
      ['backward, some', { direction: 'backward', from: revision(4n), limit: 2 }, [4, 3]],
      ['backward from beyond the end', { direction: 'backward', from: revision(99n), limit: 2 }, [5, 4]],
    ] as const)('%s', async (_name, options, expected) => {
      expect(revisionsOf(await current().store.read(stream, options))).toEqual(expected);
    });

    it('in parts, however long it is', async () => {
      const { store } = current();
      const long = uniqueName('long');
      await store.append(long, sampleEvents(1_000), 'none');
      await store.append(long, sampleEvents(1), revision(999n));
      for (const [name, count] of [
        [stream, 6],
        [long, 1_001],
      ] as const) {
        const parts: RecordedEvent[][] = [];
        for await (const part of store.readParts(name)) parts.push([...part]);
        expect(parts.flat()).toEqual(await store.read(name));
        expect(parts.flat()).toHaveLength(count);
        expect(parts.map(({ length }) => length)).not.toContain(0);
      }
    });

    it('that is not there is empty', async () => {
      const { store } = current();
      for await (const part of store.readParts(uniqueName('absent'))) expect(part).toBeUndefined();
      expect(await store.read(uniqueName('absent'))).toEqual([]);
      expect(await store.read(uniqueName('absent'), { direction: 'backward' })).toEqual([]);
    });
  });

const describeRecorded = (current: Current, { monotoneTime, writer: storesWriter }: StoreTraits): void =>
  describe('a recorded event', () => {
    it('is what was appended, with its place and time', async () => {
      const { store } = current();
      const stream = uniqueName('whole');
      const data = {
        text: 'naïve "quotes" \\ 漢字 🚪 \n\t\u0000\u2028',
        amount: '9223372036854775807',
        numbers: [0, -1, 1.5, 1e21, 1e-7],
        nothing: null,
        flags: [true, false],
        nested: { b: { a: [] }, a: {}, '': 'empty key', ключ: 1 },
      };
      const metadata = sampleMetadata({
        reason: 'wegen "ß"',
        causationId: 'cause',
        actor: { kind: 'service', id: 'registry', address: '' },
      });
      const events = [
        sampleEvent(data, { type: 'ThingChanged', version: 3, metadata }),
        sampleEvent(),
      ] as const;
      const start = await store.head();
      const before = Date.now();
      const appended = await store.append(stream, events, 'none');
      const recorded = await store.read(stream);
      const { position: at, recordedAt, writer, ...first } = recorded[0] as RecordedEvent;
      expect(first).toEqual({ ...events[0], stream, revision: 0n });
      expect(writer).toBe(storesWriter);
      expect(recorded[1]).toMatchObject({ ...events[1], stream, revision: 1n, position: appended.position });
      expect(at).toBeLessThan(appended.position);
      expect(Math.abs(recordedAt.getTime() - before)).toBeLessThan(60_000);
      const page = await store.readAll({ after: start, limit: 2, streamPrefixes: [stream] });
      expect(page.events).toEqual(recorded);
    });

    it('does not change with what the caller does afterwards', async () => {
      const { store } = current();
      const stream = uniqueName('kept');
      const data = { list: ['one'] };
      await store.append(stream, [sampleEvent(data)], 'none');
      data.list.push('two');
      expect((await store.read(stream))[0]?.data).toEqual({ list: ['one'] });
    });

    if (monotoneTime) {
      it('was never recorded before the one before it', async () => {
        const { store } = current();
        const start = await store.head();
        await Promise.all(
          sampleEvents(20).map((event, index) => store.append(uniqueName(`t${index}`), [event], 'any')),
        );
        const { events } = await store.readAll({ after: start, limit: 100 });
        const times = events.map(({ recordedAt }) => recordedAt.getTime());
        expect(times).toEqual([...times].sort((a, b) => a - b));
      });
    }
  });

const describeReadAll = (current: Current): void =>
  describe('reading the log', () => {
    it('goes page by page, each event once, in order, and says where it ended', async () => {
      const { store } = current();
      const start = await store.head();
      const prefix = uniqueName('pages');
      for (let index = 0; index < 10; index++)
        await store.append(`${prefix}-${index % 3}`, sampleEvents(2), 'any');
      for (const streamPrefixes of [[`${prefix}-`], undefined]) {
        const received: RecordedEvent[] = [];
        for (let after = start, end = false; !end;) {
          const page = await store.readAll({ after, limit: 3, ...(streamPrefixes && { streamPrefixes }) });
          expect(page.events.length).toBeLessThanOrEqual(3);
          if (!page.end) expect(page.next).toBeGreaterThan(after);
          received.push(...page.events);
          ({ next: after, end } = page);
        }
        const ours = received.filter(({ stream }) => stream.startsWith(prefix));
        const streams = await Promise.all([0, 1, 2].map((index) => store.read(`${prefix}-${index}`)));
        const expected = streams.flat().sort((a, b) => (a.position < b.position ? -1 : 1));
        expect(ours).toEqual(expected);
        expect(
          received.every(
            ({ position: at }, index) => index === 0 || at > (received[index - 1]?.position ?? 0n),
          ),
        ).toBe(true);
      }
    });

    it('answers the streams asked for, and goes on past the others', async () => {
      const { store } = current();
      const start = await store.head();
      const prefix = uniqueName('filter');
      for (const kind of ['a', 'b', 'c', 'b_', 'b%'])
        await store.append(`${prefix}-${kind}-1`, sampleEvents(2), 'none');
      const { position: last } = await store.append(`${prefix}-c-2`, sampleEvents(1), 'none');
      const page = await store.readAll({
        after: start,
        limit: 100,
        streamPrefixes: [`${prefix}-a-`, `${prefix}-b`],
      });
      expect(page.events.map(({ stream }) => stream.slice(prefix.length + 1))).toEqual([
        'a-1',
        'a-1',
        'b-1',
        'b-1',
        'b_-1',
        'b_-1',
        'b%-1',
        'b%-1',
      ]);
      expect(page.end).toBe(true);
      expect(page.next).toBeGreaterThanOrEqual(last);
      const literal = await store.readAll({ after: start, limit: 100, streamPrefixes: [`${prefix}-b_`] });
      expect(literal.events).toHaveLength(2);
      const nothing = await store.readAll({
        after: start,
        limit: 100,
        streamPrefixes: [uniqueName('nobody')],
      });
      expect(nothing.events).toEqual([]);
      expect(nothing.next).toBeGreaterThanOrEqual(last);
    });

    it('has its head at the last event', async () => {
      const { store } = current();
      const appended = await store.append(uniqueName('head'), sampleEvents(2), 'none');
      const head = await store.head();
      expect(head).toBeGreaterThanOrEqual(appended.position);
      const { events, end } = await store.readAll({ after: head, limit: 10 });
      expect({ events, end }).toEqual({ events: [], end: true });
    });
  });

const describeSubscription = (current: Current): void =>
  describe('a catch-up subscription', () => {
    it('gives what is there, says that it caught up, then gives what comes', async () => {
      const { store } = current();
      const stream = uniqueName('live');
      const start = await store.head();
      await store.append(stream, sampleEvents(3), 'none');
      const stop = new AbortController();
      const revisions: bigint[] = [];
      let appendedLive = false;
      for await (const { events, checkpoint, caughtUp } of store.subscribe({
        after: start,
        streamPrefixes: [stream],
        signal: stop.signal,
      })) {
        revisions.push(...events.map((event) => event.revision));
        for (const event of events) expect(event.position).toBeLessThanOrEqual(checkpoint);
        if (caughtUp && revisions.length >= 3 && !appendedLive) {
          appendedLive = true;
          await store.append(stream, sampleEvents(2), revision(2n));
        }
        if (revisions.length >= 5) stop.abort();
      }
      expect(revisions).toEqual([0n, 1n, 2n, 3n, 4n]);
    }, 30_000);

    it('moves its checkpoint past what it was not asked for', async () => {
      const { store } = current();
      const start = await store.head();
      const { position: last } = await store.append(uniqueName('unwanted'), sampleEvents(60), 'none');
      const wanted = uniqueName('wanted');
      const stop = new AbortController();
      let reached = start;
      for await (const batch of store.subscribe({
        after: start,
        streamPrefixes: [wanted],
        signal: stop.signal,
      })) {
        expect(batch.events).toEqual([]);
        reached = batch.checkpoint;
        if (reached >= last) stop.abort();
        // An engine may tell its checkpoints only now and then: give it something to tell.
        else await store.append(uniqueName('unwanted'), sampleEvents(60), 'none');
      }
      expect(reached).toBeGreaterThanOrEqual(last);
    }, 30_000);

    it('waits for a slow consumer, and loses nothing to it', async () => {
      const { store } = current();
      const stream = uniqueName('slow');
      const start = await store.head();
      await store.append(stream, sampleEvents(1000), 'none');
      const more = store.append(stream, sampleEvents(1000), 'any');
      const stop = new AbortController();
      let next = 0n;
      for await (const { events } of store.subscribe({
        after: start,
        streamPrefixes: [stream],
        signal: stop.signal,
      })) {
        for (const event of events) expect(event.revision).toBe(next++);
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (next === 2000n) stop.abort();
      }
      await more;
      expect(next).toBe(2000n);
    }, 60_000);

    it('ends when asked to, also while it waits', async () => {
      const { store } = current();
      const stop = new AbortController();
      const following = drain(store.subscribe({ after: await store.head(), signal: stop.signal }));
      setTimeout(() => stop.abort(), 50);
      await following;
      const ended = await drain(store.subscribe({ after: BEFORE_FIRST, signal: stop.signal }));
      expect(ended).toEqual([]);
    }, 30_000);

    it('ends when its store closes', async () => {
      const { open } = current();
      const store = await open();
      const following = drain(
        store.subscribe({ after: await store.head(), signal: new AbortController().signal }),
      );
      setTimeout(() => void store.close(), 50);
      await following;
    }, 30_000);

    it(
      'goes on from its checkpoint after each restart, under concurrent writers, with delays and rollbacks',
      () => checkCatchUp(current()),
      120_000,
    );
  });

const describeAggregates = (current: Current): void =>
  describe('aggregates', () => {
    const decide = (stream: string, by: bigint, requestId: string) =>
      decideAndAppend(
        current().store,
        stream,
        counterAggregate,
        { by },
        {
          metadata: sampleMetadata({ requestId }),
          ids: testIds,
        },
      );

    it('see old events in the newest version', async () => {
      const { store } = current();
      const stream = uniqueName('upcast');
      await store.append(stream, [sampleEvent({ count: 3 }, { type: 'Counted', version: 1 })], 'none');
      await decide(stream, 4n, 'now');
      expect((await store.read(stream)).map(({ version, data }) => [version, data])).toEqual([
        [1, { count: 3 }],
        [2, { by: '4' }],
      ]);
      expect((await readState(store, stream, counterAggregate)).state).toEqual({ total: 7n });
    });

    it('do not guess at a version they do not know', async () => {
      const { store } = current();
      const stream = uniqueName('unknown');
      await store.append(stream, [sampleEvent({ by: '3' }, { type: 'Counted', version: 9 })], 'none');
      await expect(readState(store, stream, counterAggregate)).rejects.toThrow('Counted@9');
    });

    it('answer a repeated command as the first time', async () => {
      const stream = uniqueName('command');
      const first = await decide(stream, 5n, 'once');
      await decide(stream, 6n, 'another');
      const again = await decide(stream, 5n, 'once');
      expect(again).toMatchObject({ position: first.position, repeated: true, state: { total: 11n } });
    });
  });

const drain = async (
  subscription: AsyncIterable<SubscriptionBatch>,
): Promise<readonly SubscriptionBatch[]> => {
  const batches: SubscriptionBatch[] = [];
  for await (const batch of subscription) batches.push(batch);
  return batches;
};

const mismatch = (actual: string): object => ({
  code: 'CONFLICT',
  reason: 'REVISION_MISMATCH',
  metadata: { actual },
});
