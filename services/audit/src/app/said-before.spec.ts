import type { HistoryEvent } from './history.ports';
import { saidBefore } from './said-before';

const event = (sequence: bigint, data: object): HistoryEvent =>
  ({ sequence, dataJson: JSON.stringify(data) }) as HistoryEvent;

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
