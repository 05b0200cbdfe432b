import { cursorsOf, fromProtoPage, KEYED_PLACES, PLACES, toProtoPageToken } from './paging';

const PAGING = { max: 200, fallback: 50, cursors: PLACES };

const page = (pageSize: number, pageToken = '') => fromProtoPage({ pageSize, pageToken }, PAGING);
const token = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');

describe('pages', () => {
  it.each([
    ['none', 0, 50],
    ['some', 7, 7],
    ['too many', 201, 200],
  ])('%s', (_, requested, size) => expect(page(requested)).toEqual({ after: undefined, size }));

  it('refuses a negative size', () =>
    expect(() => page(-1)).toThrow(expect.objectContaining({ code: 'INVALID', reason: 'REQUEST_INVALID' })));

  it.each([0n, 1n, 9_223_372_036_854_775_807n])('goes on after %s', (place) =>
    expect(page(1, toProtoPageToken(place, PAGING))).toEqual({ after: place, size: 1 }),
  );

  it('ends with an empty token', () => expect(toProtoPageToken(undefined, PAGING)).toBe(''));

  it.each([
    ['no base64', '???'],
    ['no JSON', Buffer.from('x').toString('base64url')],
    ['no list', token({})],
    ['another type', token([1])],
    ['no number', token(['x'])],
    ['a NUL', token(['1\0'])],
    ['too few texts', token([])],
    ['too many texts', token(['1', '2'])],
    ['too large a place', token(['9223372036854775808'])],
  ])('refuses a token that is none: %s', (_, pageToken) =>
    expect(() => page(1, pageToken)).toThrow(
      expect.objectContaining({ code: 'INVALID', reason: 'PAGE_TOKEN_MALFORMED' }),
    ),
  );

  describe('in an order by a text', () => {
    const KEYED = { ...PAGING, cursors: KEYED_PLACES };
    const keyed = (pageToken: string) => fromProtoPage({ pageSize: 1, pageToken }, KEYED);

    it.each([
      { key: 'a', ordinal: 7n },
      { key: '', ordinal: 0n, counted: 0 },
      { key: 'ü', ordinal: 9_223_372_036_854_775_807n, counted: 2_147_483_647 },
    ])('go on after %j, with what was counted', (place) =>
      expect(keyed(toProtoPageToken(place, KEYED))).toEqual({ after: place, size: 1 }),
    );

    it.each([
      [[]],
      [['a']],
      [['a', 'x']],
      [['a', '1', 'x']],
      [['a', '1', '2147483648']],
      [['a', '1', '2', '3']],
    ])('refuse a token that is none: %j', (texts) =>
      expect(() => keyed(token(texts))).toThrow('PAGE_TOKEN_MALFORMED'),
    );
  });

  it('passes over as many as are asked for, and refuses fewer than none', () => {
    const skipping = (skip: number) => fromProtoPage({ pageSize: 3, pageToken: '', skip }, PAGING);
    expect(skipping(7)).toEqual({ after: undefined, size: 3, skip: 7 });
    expect(skipping(0)).toEqual({ after: undefined, size: 3 });
    expect(() => skipping(-1)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });

  it('takes a token for the list alone that it was made for', () => {
    const list = (name: string) => ({ ...PAGING, cursors: cursorsOf(name, PLACES) });
    const pageToken = toProtoPageToken(5n, list('a'));
    expect(fromProtoPage({ pageSize: 1, pageToken }, list('a'))).toEqual({ after: 5n, size: 1 });
    expect(() => fromProtoPage({ pageSize: 1, pageToken }, list('b'))).toThrow('PAGE_TOKEN_MALFORMED');
    expect(() => fromProtoPage({ pageSize: 1, pageToken }, PAGING)).toThrow('PAGE_TOKEN_MALFORMED');
  });
});
