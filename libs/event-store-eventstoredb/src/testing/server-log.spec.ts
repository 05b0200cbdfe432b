import { randomUUID } from 'node:crypto';
import {
  type AppendOutcome,
  type Expected,
  MAX_APPEND_SIZE,
  type ProposedEvent,
  ServerLog,
} from './server-log';

const proposed = (changes: Partial<ProposedEvent> = {}): ProposedEvent => ({
  id: randomUUID(),
  type: 'Thing',
  contentType: 'application/json',
  data: Buffer.from('{}'),
  metadata: Buffer.from('{}'),
  ...changes,
});
const some = (count: number): readonly ProposedEvent[] => Array.from({ length: count }, () => proposed());
const done = (revision: bigint): object => ({ kind: 'done', revision });
const wrong = (actual: bigint | undefined): object => ({ kind: 'wrongExpectedVersion', actual });

describe('the log of the test server', () => {
  let log: ServerLog;
  beforeEach(() => {
    log = new ServerLog(() => 1_700_000_000_000);
  });
  const append = (expected: Expected, events: readonly ProposedEvent[], stream = 's'): AppendOutcome =>
    log.append(stream, expected, events);
  const revisions = (): readonly bigint[] | string => {
    const read = log.readStream('s', { direction: 'forwards', from: 'start', count: 100 });
    return read.kind === 'events' ? read.events.map(({ revision }) => revision) : read.kind;
  };

  describe('an append', () => {
    it('answers the revision and position of its last event; each event has its own', () => {
      const outcome = append('noStream', some(2));
      const [first, second] = log.events.filter(({ stream }) => stream === 's');
      expect(outcome).toEqual({ kind: 'done', revision: 1n, position: second?.position });
      expect(first?.position).toBeLessThan(second?.position ?? 0n);
    });

    it.each<[Expected, number]>([
      ['noStream', 0],
      ['any', 3],
      [2n, 3],
    ])('repeated, expecting %s, answers as the first did, also after others', (expected, there) => {
      if (there > 0) append('noStream', some(there));
      const events = some(2);
      const first = append(expected, events);
      expect(append(expected, events)).toEqual(first);
      append('any', some(4));
      expect(append(expected, events)).toEqual(first);
      expect(revisions()).toHaveLength(there + 6);
    });

    it('repeated without a revision after the server began anew is written again; with one it is not', () => {
      const events = some(1);
      append('any', events);
      log.restarted();
      expect(append('noStream', events)).toMatchObject(done(0n));
      expect(append('any', events)).toMatchObject(done(1n));
    });

    it('of old ids and a new one is a wrong expected version', () => {
      const events = some(2);
      append('noStream', events);
      expect(append('noStream', [...events, proposed()])).toEqual(wrong(1n));
      expect(append('any', [...events, proposed()])).toEqual(wrong(1n));
    });

    it('at the exact revision writes an old id again, beside a new one', () => {
      const [first] = some(1) as [ProposedEvent];
      append('noStream', [first]);
      expect(append(0n, [first, proposed()])).toMatchObject(done(2n));
    });

    it('writes an id again in another stream', () => {
      const events = some(1);
      append('noStream', events);
      expect(append('noStream', events, 'other')).toMatchObject(done(0n));
    });

    it.each<[string, Expected, bigint | undefined, number]>([
      ['a stale one', 0n, 1n, 2],
      ['a future one', 7n, 1n, 2],
      ['no stream, but there is one', 'noStream', 1n, 2],
      ['a revision, but there is no stream', 0n, undefined, 0],
      ['a stream, but there is none', 'streamExists', undefined, 0],
    ])('that expects %s is refused', (_name, expected, actual, there) => {
      if (there > 0) append('noStream', some(there));
      expect(append(expected, some(1))).toEqual(wrong(actual));
    });

    it('of nothing succeeds and writes nothing', () => {
      expect(append('any', [])).toEqual({ kind: 'nothing' });
      expect(revisions()).toBe('notFound');
    });

    it('without a type or a stream fails', () => {
      expect(append('any', [proposed({ type: '' })])).toMatchObject({ kind: 'unknown' });
      expect(append('any', some(1), '')).toMatchObject({ kind: 'unknown' });
    });

    it('may have so many bytes in all, and none more', () => {
      const event = proposed({ metadata: new Uint8Array() });
      const full = { ...event, data: new Uint8Array(MAX_APPEND_SIZE - 2 * event.type.length) };
      expect(append('any', [full])).toMatchObject(done(0n));
      expect(append('any', [{ ...full, id: randomUUID(), metadata: new Uint8Array(1) }])).toEqual({
        kind: 'tooLarge',
      });
    });
  });

  describe('reading a stream', () => {
    beforeEach(() => append('noStream', some(6)));
    const read = (direction: 'forwards' | 'backwards', from: bigint | 'start' | 'end', count: number) => {
      const answer = log.readStream('s', { direction, from, count });
      return answer.kind === 'events' ? answer.events.map(({ revision }) => Number(revision)) : answer.kind;
    };

    it('goes forwards and backwards, from where it is asked to', () => {
      expect(read('forwards', 'start', 2)).toEqual([0, 1]);
      expect(read('forwards', 4n, 9)).toEqual([4, 5]);
      expect(read('forwards', 6n, 9)).toEqual([]);
      expect(read('backwards', 'end', 2)).toEqual([5, 4]);
      expect(read('backwards', 1n, 9)).toEqual([1, 0]);
      expect(read('backwards', 99n, 2)).toEqual([5, 4]);
    });

    it('of a deleted one finds none, until it is written again, and its revisions go on', () => {
      expect(log.delete('s', 'any').kind).toBe('done');
      expect(read('forwards', 'start', 9)).toBe('notFound');
      expect(append('streamExists', some(1))).toEqual({ kind: 'streamDeleted' });
      expect(append('noStream', some(1))).toMatchObject(done(6n));
      expect(read('forwards', 'start', 9)).toEqual([6]);
      expect(read('backwards', 'end', 9)).toEqual([6]);
    });

    it('of a tombstoned one is refused, as is writing', () => {
      expect(log.tombstone('s', 5n).kind).toBe('done');
      expect(read('forwards', 'start', 9)).toBe('streamDeleted');
      expect(append('any', some(1))).toEqual({ kind: 'streamDeleted' });
      expect(log.events.at(-1)).toMatchObject({ type: '$streamDeleted', stream: 's' });
    });
  });

  it('has positions like offsets of bytes, with events of the server between', () => {
    for (let index = 0; index < 60; index++) append('any', some(1));
    const positions = log.events.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(positions).size).toBe(positions.length);
    expect(log.events.some(({ type }) => type === '$statsCollected')).toBe(true);
    const [, , third] = positions as [bigint, bigint, bigint];
    expect(log.indexOf(third)).toBe(2);
    expect(log.indexOf(third - 1n)).toBeUndefined();
  });
});
