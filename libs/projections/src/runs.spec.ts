import { position, type RecordedEvent, revision } from '@gatehouse/event-store';
import { sampleEvent } from '@gatehouse/event-store/testing';
import { inRuns, type Tx } from './index';

const recorded = (type: string, at: number): RecordedEvent => ({
  ...sampleEvent({}, { type }),
  stream: 'any-1',
  revision: revision(BigInt(at)),
  position: position(BigInt(at)),
  recordedAt: new Date(0),
});

it.each([
  ['', []],
  ['b', ['b1']],
  ['aaa', ['a1,2,3']],
  ['aab', ['a1,2', 'b3']],
  ['baabba', ['b1', 'a2,3', 'b4', 'b5', 'a6']],
  ['aba', ['a1', 'b2', 'a3']],
])('what comes in runs is applied together, in the order of all: %s', async (types, expected) => {
  const applied: string[] = [];
  const applyAll = inRuns({
    type: 'a',
    applyRun: async (_tx, run) => void applied.push(`a${run.map((event) => event.position).join()}`),
    apply: async (_tx, event) => void applied.push(`${event.type}${event.position}`),
  });
  const events = [...types].map((type, index) => recorded(type, index + 1));
  await applyAll({} as Tx, events);
  expect(applied).toEqual(expected);
});
