import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json';
import type { JsonObject } from './event';

describe('canonicalJson', () => {
  it('spells every object as the reference does', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{1,3}$/));
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        ...[text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean()],
        fc.constant(null),
        fc.array(tie('json')),
        fc.dictionary(text, fc.oneof(tie('json'), fc.constant(undefined))),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(text, json), (value) => {
        expect(canonicalJson(value as JsonObject)).toBe(canonicalize(value));
      }),
      { numRuns: 500 },
    );
  });

  it('spells the example of RFC 8785', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('refuses what JSON has no number for', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => canonicalJson({ value })).toThrow('is not JSON');
    }
  });
});
