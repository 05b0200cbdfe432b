import { SystemClock } from '@gatehouse/kernel';
import { WaitLines } from './wait-lines';

describe('WaitLines', () => {
  const clock = new SystemClock();
  const soon = (): number => clock.monotonicMs() + 5_000;

  it('wakes one at a time, in order', async () => {
    const lines = new WaitLines(clock);
    const order: number[] = [];
    const places = [1, 2, 3].map(() => lines.join('scope'));
    const waiting = places.map(async (place, index) => {
      await place.turn(soon());
      order.push(index);
      await new Promise(setImmediate);
      place.leave();
    });
    expect(lines.busy(['other', 'scope'])).toBe('scope');
    lines.room(['scope']);
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2]);
    expect(lines.busy(['scope'])).toBeUndefined();
  });

  it('lets everybody look for themselves at their deadline', async () => {
    const lines = new WaitLines(clock);
    lines.join('scope');
    const second = lines.join('scope');
    const startedAt = clock.monotonicMs();
    await second.turn(startedAt + 30);
    expect(clock.monotonicMs() - startedAt).toBeGreaterThanOrEqual(29);
    second.leave();
  });

  it('looks again by itself when nothing is told', async () => {
    const lines = new WaitLines(clock);
    const startedAt = clock.monotonicMs();
    await lines.join('scope').turn(soon());
    expect(clock.monotonicMs() - startedAt).toBeLessThan(2_000);
  });

  it('remembers a call that came while nobody waited', async () => {
    const lines = new WaitLines(clock);
    const place = lines.join('scope');
    lines.room(['scope']);
    const startedAt = clock.monotonicMs();
    await place.turn(soon());
    expect(clock.monotonicMs() - startedAt).toBeLessThan(40);
  });
});
