import { ALL_BY_DEFAULT, gathered, inSteps, pageIn, pageOf, WHOLE } from './paging';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);

it.each([
  [0, []],
  [1, [1]],
  [100, [100]],
  [201, [100, 100, 1]],
])('asks for %i ids in as many parts as it takes', (count, sizes) => {
  const steps = inSteps(ids(count));
  expect(steps.map(({ length }) => length)).toEqual(sizes);
  expect(steps.flat()).toEqual(ids(count));
});

describe('a list that is gathered', () => {
  const all = ids(1_203);

  /** Answers at most so many at once, as gRPC lists do whatever they are asked for. */
  const listOf = (atMost: number) => {
    const asked: number[] = [];
    const read = async ({
      pageSize,
      pageToken,
      skip,
    }: {
      pageSize: number;
      pageToken: string;
      skip: number;
    }) => {
      asked.push(pageSize);
      const from = Number(pageToken) + skip;
      const to = from + Math.min(pageSize, atMost);
      const nextPageToken = to < all.length ? String(to) : '';
      return { items: all.slice(from, to), nextPageToken, totalSize: all.length };
    };
    return { asked, read };
  };

  it.each([
    [500, [500, 500, 500]],
    [200, [500, 500, 500, 500, 500, 500, 500]],
  ])('is whole, from pages of %i', async (atMost, sizes) => {
    const { asked, read } = listOf(atMost);
    expect(await gathered(WHOLE, read, ({ items }) => items)).toEqual({ total: all.length, items: all });
    expect(asked).toEqual(sizes);
  });

  it('is the part that was asked for, and no more', async () => {
    const { asked, read } = listOf(200);
    const part = await gathered({ skip: 10, size: 250 }, read, ({ items }) => items);
    expect(part).toEqual({ total: all.length, items: all.slice(10, 260) });
    expect(asked).toEqual([250, 50]);
  });
});

it('of a list that is at hand is all of it, where none is asked for', () => {
  const three = ['a', 'b', 'c'];
  const page = (query: object) => pageIn(three, pageOf(query, ALL_BY_DEFAULT));
  expect(page({})).toEqual({ total: 3, data: three });
  expect(page({ current_page: 1 })).toEqual({ total: 3, data: [] });
  expect(page({ current_page: 1, page_size: 2 })).toEqual({ total: 3, data: ['c'] });
});
