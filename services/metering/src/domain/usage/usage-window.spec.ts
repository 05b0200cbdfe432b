import fc from 'fast-check';
import { beginOf, GRAIN_MS, type UsageGrain } from './usage-rollup';
import { spansOf } from './usage-window';

const MINUTE = GRAIN_MS.minute;
const GRAINS = ['minute', 'hour', 'day'] as const;
const minutes = fc.integer({ min: -3_000_000, max: 3_000_000 }).map((minute) => minute * MINUTE);

describe('a stretch of time', () => {
  it('is read from spans of whole intervals that tile it, in order', () => {
    fc.assert(
      fc.property(minutes, minutes, fc.constantFrom(...GRAINS), (from, until, coarsest) => {
        const spans = spansOf(from, until, coarsest);
        let at = from;
        for (const span of spans) {
          expect(span.from).toBe(at);
          expect(beginOf(span.from ?? NaN, span.grain)).toBe(span.from);
          expect(beginOf(span.until ?? NaN, span.grain)).toBe(span.until);
          expect(GRAIN_MS[span.grain]).toBeLessThanOrEqual(GRAIN_MS[coarsest]);
          at = span.until ?? NaN;
        }
        if (until > from) expect(at).toBe(until);
        else expect(spans).toEqual([]);
      }),
    );
  });

  it('is read from days where it has any, and from them alone where it has no end', () => {
    const grains = (from?: string, until?: string): readonly UsageGrain[] =>
      spansOf(from ? Date.parse(from) : undefined, until ? Date.parse(until) : undefined, 'day').map(
        ({ grain }) => grain,
      );
    expect(grains()).toEqual(['day']);
    expect(grains('2026-01-01T00:00Z', '2026-02-01T00:00Z')).toEqual(['day']);
    expect(grains('2026-01-01T22:59Z', '2026-01-03T01:01Z')).toEqual([
      'minute',
      'hour',
      'day',
      'hour',
      'minute',
    ]);
    expect(grains('2026-01-01T22:30Z')).toEqual(['minute', 'hour', 'day']);
    expect(grains('2026-01-01T22:30Z', '2026-01-01T22:40Z')).toEqual(['minute']);
  });
});
