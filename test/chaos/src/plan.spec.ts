import { SeededRandom } from '@gatehouse/kernel/testing';
import { type Kind, planOf } from './plan';

const KINDS: readonly Kind[] = [
  { kind: 'a', strikes: 'gateway', lastsMs: [0, 1_000] },
  { kind: 'b', strikes: 'gateway', lastsMs: [5_000, 5_000] },
  { kind: 'c', strikes: 'shared', lastsMs: [0, 1_000] },
];

describe('a plan of faults', () => {
  const random = new SeededRandom('plan');

  it('has each kind of a lane before any comes again, for as long as it takes', () => {
    const lanes = planOf(random, { kinds: KINDS, gateways: 4, minutes: 10 });
    expect(lanes).toHaveLength(3);
    for (const [index, own] of [['a', 'b'], ['a', 'b'], ['c']].entries()) {
      const lane = lanes[index] ?? [];
      for (let at = 0; at + own.length <= lane.length; at += own.length)
        expect(
          lane
            .slice(at, at + own.length)
            .map(({ kind }) => kind)
            .sort(),
        ).toEqual(own);
      const plannedMs = lane.reduce((sum, { pauseMs, lastsMs }) => sum + pauseMs + lastsMs, 0);
      expect(plannedMs).toBeGreaterThanOrEqual(600_000);
    }
  });

  it('never has two lanes strike one gateway, and strikes all of them', () => {
    const [first = [], second = [], shared = []] = planOf(random, { kinds: KINDS, gateways: 4, minutes: 60 });
    const struck = (lane: typeof first): number[] => [...new Set(lane.map(({ gateway }) => gateway))].sort();
    expect([struck(first), struck(second), struck(shared)]).toEqual([[1, 2], [3, 4], [0]]);
  });

  it('has no lane without a fault, or without a gateway', () => {
    expect(planOf(random, { kinds: KINDS, gateways: 1, minutes: 1 })).toHaveLength(2);
    const shared = KINDS.filter(({ strikes }) => strikes === 'shared');
    expect(planOf(random, { kinds: shared, gateways: 4, minutes: 1 })).toHaveLength(1);
    expect(planOf(random, { kinds: [], gateways: 4, minutes: 1 })).toEqual([]);
  });
});
