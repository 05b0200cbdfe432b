import * as fc from 'fast-check';
import { KnownNames } from './known-names';

const NAMES = ['role', 'rule', 'content', 'max_tokens', 'r'];

describe('known names', () => {
  const known = new KnownNames(NAMES);

  it('are found where they stand, and nothing else is', () => {
    const near = fc.constantFrom(...NAMES).chain((name) => {
      const at = fc.nat(name.length - 1);
      return fc.tuple(at, fc.string({ maxLength: 1 })).map(([index, other]) => {
        return name.slice(0, index) + other + name.slice(index + 1);
      });
    });
    const text = fc.oneof(fc.constantFrom(...NAMES), near, fc.string({ unit: 'binary', maxLength: 12 }));
    fc.assert(
      fc.property(text, fc.string(), fc.string(), (name, before, behind) => {
        const start = Buffer.byteLength(before);
        const end = start + Buffer.byteLength(name);
        const found = known.at(Buffer.from(before + name + behind), start, end);
        expect(found).toBe(NAMES.includes(name) ? name : undefined);
      }),
    );
  });

  it('are not found in part, nor beyond the end', () => {
    expect(known.at(Buffer.from('roles'), 0, 5)).toBeUndefined();
    expect(known.at(Buffer.from('rol'), 0, 4)).toBeUndefined();
  });
});
