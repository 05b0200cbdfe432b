import fc from 'fast-check';
import type { SettledRecord } from './untold-record';
import { UntoldWindow } from './untold-window';

const MAX = 8;

/** A record whose fields are one, of so many bytes that are all the same, and before them those of its account. */
const settledOf = (number: number, length: number, sharedLength: number | undefined): SettledRecord => {
  return {
    ...{ bytes: Buffer.alloc(length + 4, number), from: 2, to: length + 2 },
    requestId: `req_${number}`,
    attempt: number,
    provisionId: `prv_${number % 3}`,
    settledAtMs: 1_700_000_000_000 + number,
    shared: sharedLength === undefined ? undefined : Buffer.alloc(sharedLength, number),
  };
};

const endOf = (number: number) => ({ segment: 1 + (number >> 2), offset: 100 * number });

type Step =
  | { readonly kind: 'push'; readonly length: number; readonly shared: number | undefined }
  | { readonly kind: 'drop'; readonly count: number }
  | { readonly kind: 'look'; readonly max: number; readonly behind: number };

const lengths = fc.oneof(fc.nat(300), fc.nat(60_000), fc.nat(1_500_000));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('push' as const),
        length: lengths,
        shared: fc.option(fc.nat(300), { nil: undefined }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), count: fc.nat(MAX + 1) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('look' as const), max: fc.nat(MAX + 1), behind: fc.nat(MAX) }),
    },
  ),
  { maxLength: 60 },
);

describe('a window of records that are to be told', () => {
  it('has the oldest of them, as they came, whatever was told and grew meanwhile', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const window = new UntoldWindow(MAX);
        let there: { readonly number: number; readonly length: number }[] = [];
        let number = 0;
        for (const step of all) {
          if (step.kind === 'push' && there.length < MAX) {
            window.push(settledOf(++number, step.length, step.shared), endOf(number));
            there.push({ number, length: step.length + (step.shared ?? 0) });
          }
          if (step.kind === 'drop') {
            const last = there.slice(0, step.count).at(-1);
            expect(window.drop(step.count)).toEqual(last && endOf(last.number));
            there = there.slice(step.count);
          }
          if (step.kind === 'look') {
            const until = endOf(number - step.behind);
            const seen = window.oldest(step.max, until);
            const expected = there.filter((each) => each.number <= number - step.behind).slice(0, step.max);
            expect(seen.map(({ requestId, attempt }) => [requestId, attempt])).toEqual(
              expected.map((each) => [`req_${each.number}`, each.number]),
            );
            for (const [at, { message, settledAtMs, provisionId }] of seen.entries()) {
              const each = expected[at] as (typeof there)[number];
              expect(settledAtMs).toBe(1_700_000_000_000 + each.number);
              expect(provisionId).toBe(`prv_${each.number % 3}`);
              const head = message.length - each.length;
              expect(message.subarray(head).every((byte) => byte === each.number)).toBe(true);
              expect(message[0]).toBe((1 << 3) | 2);
            }
          }
          expect(window.length).toBe(there.length);
          expect(window.isFull).toBe(there.length === MAX);
          const [oldest] = there;
          expect(window.oldestSettledAt?.getTime()).toBe(oldest && 1_700_000_000_000 + oldest.number);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has no room for one more than it holds', () => {
    const window = new UntoldWindow(1);
    window.push(settledOf(1, 10, undefined), endOf(1));
    expect(() => window.push(settledOf(2, 10, undefined), endOf(2))).toThrow(RangeError);
    expect(window.oldest(2, endOf(2)).map(({ requestId }) => requestId)).toEqual(['req_1']);
  });

  it('hands out messages that stay as they are when their room is taken', () => {
    const window = new UntoldWindow(2);
    window.push(settledOf(1, 10, undefined), endOf(1));
    const [told] = window.oldest(1, endOf(1));
    const message = Buffer.from(told?.message ?? []);
    window.drop(1);
    window.push(settledOf(2, 10, undefined), endOf(2));
    expect(Buffer.from(told?.message ?? [])).toEqual(message);
    expect(message.length).toBeGreaterThan(10);
  });
});
