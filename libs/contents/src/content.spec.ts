import fc from 'fast-check';
import type { JsonObject } from '@gatehouse/event-store';
import { contentOf, openContent } from './content';

const objects = fc.dictionary(
  fc.string(),
  fc.jsonValue({ noUnicodeString: false }),
) as fc.Arbitrary<JsonObject>;

test('a content says what it was made of', () =>
  fc.assert(
    fc.property(objects, (value) =>
      expect(openContent(contentOf(value))).toEqual(JSON.parse(JSON.stringify(value))),
    ),
  ));

test('the hash is of what is said, not of how it was written down', () => {
  const { sha256 } = contentOf({ a: 1, b: [2] });
  expect(contentOf({ b: [2], a: 1 }).sha256).toBe(sha256);
  expect(contentOf({ b: [2], a: 2 }).sha256).not.toBe(sha256);
  expect(sha256).toBe('0855bfc20eb6cfaa4be7d6b510c63dd22997718bddadcb1a4915cec3a16145b9');
});

test('bytes of another hash are refused', () => {
  const { gzip } = contentOf({ a: 1 });
  expect(() => openContent({ sha256: contentOf({ a: 2 }).sha256, gzip })).toThrow('is not that of');
});
