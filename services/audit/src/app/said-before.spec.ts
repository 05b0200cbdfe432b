import type { HistoryEvent } from './history.ports';
import { saidBefore } from './said-before';

const event = (sequence: bigint, data: object, type = `Type${sequence}`, version = 1): HistoryEvent =>
  ({ sequence, revision: sequence - 1n, type, version, dataJson: JSON.stringify(data) }) as HistoryEvent;

const past = [
  event(1n, { name: 'a', limits: ['1'], deleted: null }),
  event(2n, { name: 'b' }),
  event(3n, { description: 'x' }),
];

it('is the latest of each field that the event has, and of no other', () => {
  const { beforeJson, beforeUnknown } = saidBefore(event(4n, { name: 'c', limits: [] }), past);
  expect([JSON.parse(beforeJson), beforeUnknown]).toEqual([{ name: 'b', limits: ['1'] }, false]);
});

it('is nothing where nobody had said anything, and what came later is not looked at', () => {
  expect(saidBefore(event(1n, { name: 'a' }), past).beforeJson).toBe('{}');
  expect(saidBefore(event(4n, { fresh: 1 }), past).beforeJson).toBe('{}');
  expect(saidBefore(event(2n, { name: 'b' }), past).beforeJson).toBe('{"name":"a"}');
});

it('says where it does not know', () => {
  expect(saidBefore(event(4n, { name: 'c' }), past.slice(1)).beforeUnknown).toBe(false);
  expect(saidBefore(event(4n, { older: 1 }), past.slice(1)).beforeUnknown).toBe(true);
  expect(saidBefore(event(4n, { older: 1 }), past).beforeUnknown).toBe(false);
  expect(saidBefore(event(1n, { older: 1 }), []).beforeUnknown).toBe(false);
});

it('looks no further back than so many events, whatever is there for others', () => {
  const older = event(1n, { name: 'a' });
  const between = Array.from({ length: 200 }, (_, at) => event(BigInt(at + 2), {}));
  const told = (at: bigint) => saidBefore(event(at, { name: 'c' }), [older, ...between]);
  expect(told(201n)).toMatchObject({ beforeJson: '{"name":"a"}', beforeUnknown: false });
  expect(told(202n)).toMatchObject({ beforeJson: '{}', beforeUnknown: true });
});

it('takes no name of a field for anything else', () => {
  const odd = { dataJson: '{"__proto__":{"a":1}}', sequence: 1n, revision: 0n } as HistoryEvent;
  const { beforeJson } = saidBefore({ ...odd, sequence: 2n, revision: 1n }, [odd]);
  expect(beforeJson).toBe('{"__proto__":{"a":1}}');
});

describe('a list that was emptied meanwhile', () => {
  const before = (emptied: HistoryEvent, now = event(4n, { id: 'a', limits: ['2'] }, 'Changed')) => {
    const events = [event(1n, { id: 'a', limits: ['1'] }, 'Made'), emptied];
    return JSON.parse(saidBefore(now, events).beforeJson) as object;
  };

  it('is empty, where an event of the same kind says so by leaving it out', () => {
    expect(before(event(2n, { id: 'a' }, 'Changed'))).toEqual({ id: 'a', limits: [] });
  });

  it('is as it was, where what leaves it out is of another kind, or another version, which may not have it', () => {
    expect(before(event(2n, { id: 'a' }, 'Renamed'))).toEqual({ id: 'a', limits: ['1'] });
    expect(before(event(2n, { id: 'a' }, 'Changed', 2))).toEqual({ id: 'a', limits: ['1'] });
  });

  it('is nothing but lists: what else is left out was not said', () => {
    const now = event(4n, { name: 'b' }, 'Changed');
    expect(before(event(2n, { id: 'a' }, 'Changed'), now)).toEqual({});
  });
});
