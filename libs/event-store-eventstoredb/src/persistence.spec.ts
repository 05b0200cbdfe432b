import { AppError } from '@gatehouse/kernel';
import { growingPauseMs, Persistence } from './persistence';

const persistence = (patienceMs: number): Persistence =>
  new Persistence({ patienceMs, deadlineMs: 1_000, random: () => 0, signal: new AbortController().signal });

const failing = (times: number, told: number[] = []) => {
  return async (deadlineMs: number): Promise<string> => {
    told.push(deadlineMs);
    if (told.length <= times) throw new Error('Commit phase timeout');
    return 'done';
  };
};

describe('persistence', () => {
  it('goes on beyond a few failures while there is time', async () => {
    expect(await persistence(60_000).until(failing(20))).toBe('done');
  });

  it('makes one call without patience', async () => {
    const told: number[] = [];
    await expect(persistence(0).until(failing(1, told))).rejects.toMatchObject({
      reason: 'EVENT_STORE_UNAVAILABLE',
    });
    expect(told).toEqual([1_000]);
  });

  it('gives no call more than what is left', async () => {
    const told: number[] = [];
    await persistence(500).until(failing(2, told));
    expect(told[0]).toBe(1_000);
    expect(Math.max(...told.slice(1))).toBeLessThan(500);
  });

  it('pauses for ever longer, each time below a bound that doubles up to a second', async () => {
    const pauses = [1, 2, 3, 4, 5, 6].map((failures) => growingPauseMs(failures, 1));
    expect(pauses).toEqual([110, 210, 410, 810, 1_010, 1_010]);
    expect(growingPauseMs(6, 0)).toBe(10);
  });

  it('does not try again what was refused', async () => {
    let calls = 0;
    const refused = async (): Promise<never> => {
      calls++;
      throw new AppError('CONFLICT', 'REVISION_MISMATCH');
    };
    await expect(persistence(60_000).until(refused)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(calls).toBe(1);
  });
});
