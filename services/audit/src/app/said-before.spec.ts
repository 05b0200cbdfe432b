import type { HistoryEvent } from './history.ports';
import { saidBefore } from './said-before';

const event = (sequence: bigint, data: object, type = `Type${sequence}`, version = 1): HistoryEvent =>
  ({ sequence, type, version, dataJson: JSON.stringify(data) }) as HistoryEvent;

const past = [
  event(1n, { name: 'a', limits: ['1'], deleted: null }),
  event(2n, { name: 'b' }),
  event(3n, { description: 'x' }),
];

it('is the latest of each field that the event has, and of no other', () => {
  const { beforeJson, beforeUnknown } = saidBefore(event(4n, { name: 'c', limits: [] }), {
    events: past,
    whole: true,
  });
  expect([JSON.parse(beforeJson), beforeUnknown]).toEqual([{ name: 'b', limits: ['1'] }, false]);
});

it('is nothing where nobody had said anything, and what came later is not looked at', () => {
  const told = { events: past, whole: true };
  expect(saidBefore(event(1n, { name: 'a' }), told).beforeJson).toBe('{}');
  expect(saidBefore(event(4n, { fresh: 1 }), undefined).beforeJson).toBe('{}');
  expect(saidBefore(event(2n, { name: 'b' }), told).beforeJson).toBe('{"name":"a"}');
});

it('says where it does not know', () => {
  const told = { events: past, whole: false };
  expect(saidBefore(event(4n, { name: 'c' }), told).beforeUnknown).toBe(false);
  expect(saidBefore(event(4n, { older: 1 }), told).beforeUnknown).toBe(true);
});

it('takes no name of a field for anything else', () => {
  const odd = { dataJson: '{"__proto__":{"a":1}}', sequence: 1n } as HistoryEvent;
  const { beforeJson } = saidBefore({ ...odd, sequence: 2n }, { events: [odd], whole: true });
  expect(beforeJson).toBe('{"__proto__":{"a":1}}');
});

describe('a list that was emptied meanwhile', () => {
  const before = (emptied: HistoryEvent, now = event(4n, { id: 'a', limits: ['2'] }, 'Changed')) => {
    const events = [event(1n, { id: 'a', limits: ['1'] }, 'Made'), emptied];
    return JSON.parse(saidBefore(now, { events, whole: true }).beforeJson) as object;
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
