import { setTimeout as sleep } from 'node:timers/promises';
import { Signal } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { RecurringLook } from './recurring-look';

/** So many looks in, the next is more than half a second away where nothing is told. */
const UNTIL_SELDOM = 11;

describe('recurring looks', () => {
  let changes: Signal;
  let looks: number;
  let warnings: number;
  let recurring: RecurringLook;

  const start = (look: () => void = () => undefined): void => {
    recurring = new RecurringLook({
      work: 'open work',
      intervalMs: 1,
      projections: { changes },
      log: { warn: () => void warnings++ },
      look: async () => {
        looks++;
        look();
      },
    });
    recurring.start();
  };
  const seldom = async (): Promise<void> => {
    await until(() => looks >= UNTIL_SELDOM);
  };

  beforeEach(() => {
    changes = new Signal();
    looks = 0;
    warnings = 0;
  });
  afterEach(() => recurring.stop());

  it('become seldom while nothing is told, and never end', async () => {
    start();
    await sleep(400);
    expect(looks).toBeLessThan(UNTIL_SELDOM);
    await seldom();
  });

  it('come at once when a projection has changed', async () => {
    start();
    await seldom();
    const before = looks;
    changes.raise();
    await sleep(200);
    expect(looks).toBeGreaterThan(before + 3);
  });

  it('come again when a projection changes during one, which may not have seen it', async () => {
    start(() => {
      if (looks === UNTIL_SELDOM) changes.raise();
    });
    await seldom();
    await sleep(200);
    expect(looks).toBeGreaterThan(UNTIL_SELDOM + 3);
  });

  it('come again soon after one that failed, whether or not anything is told', async () => {
    start(() => {
      if (looks < 4) throw new Error('away');
    });
    await until(() => looks >= 4);
    expect(warnings).toBe(3);
  });

  it('end with what is under way', async () => {
    start();
    await seldom();
    await recurring.stop();
    const before = looks;
    changes.raise();
    await sleep(50);
    expect(looks).toBe(before);
  });

  it('deal with each item for itself', async () => {
    start();
    const [dealt, told] = [[] as number[], [] as object[]];
    const log = { warn: (fields: object) => void told.push(fields) };
    const looking = new RecurringLook({
      ...{ work: 'numbers', intervalMs: 1, projections: { changes }, log },
      look: async () => undefined,
    });
    await looking.each(
      [1, 2, 3],
      async (one) => {
        if (one === 2) throw new Error('poison');
        dealt.push(one);
      },
      (one) => ({ one }),
    );
    expect(dealt).toEqual([1, 3]);
    expect(told).toMatchObject([{ one: 2, err: { message: 'poison' } }]);
  });
});
