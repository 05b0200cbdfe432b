import { FixedClock } from '@gatehouse/kernel';
import { UsageRollup } from './usage-rollup.process';
import { UsageRollups } from './usage.ports';

class Some extends UsageRollups {
  readonly asked: { before: Date; max: number }[] = [];

  constructor(private readonly answers: (number | Error)[]) {
    super();
  }

  async rollUp(before: Date, max: number): Promise<number> {
    this.asked.push({ before, max });
    const answer = this.answers.shift() ?? 0;
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

describe('the rollup of usage', () => {
  const LOOK_MS = 15_000;
  const clock = new FixedClock(new Date('2026-11-10T10:06:00Z'));
  const warned: string[] = [];
  const log = { warn: (_: object, message: string) => void warned.push(message) };

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('goes on for as long as there is something, and then looks again', async () => {
    const some = new Some([10_000, 7]);
    const rollup = new UsageRollup(some, clock, log);
    rollup.start();
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(some.asked).toHaveLength(3);
    expect(some.asked[0]?.before).toEqual(new Date('2026-11-10T10:05:00Z'));
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(some.asked).toHaveLength(4);
    await rollup.stop();
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(some.asked).toHaveLength(4);
  });

  it('says that it failed, and tries again', async () => {
    const some = new Some([new Error('no database'), 3]);
    const rollup = new UsageRollup(some, clock, log);
    rollup.start();
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(warned).toEqual(['usage that was counted lately will be rolled up later']);
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(some.asked).toHaveLength(3);
    await rollup.stop();
  });
});
