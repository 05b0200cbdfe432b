import { findPage, pagesBehind } from './page';

const LETTERS = ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ letter }));

const pageOf = (after: string | undefined, size: number) =>
  findPage(
    { after, size },
    (request) => LETTERS.filter(({ letter }) => letter > (request.after ?? '')).slice(0, request.size),
    ({ letter }) => letter,
  );

describe('findPage', () => {
  it('answers as many as are asked for, and where to go on', async () => {
    expect(await pageOf(undefined, 2)).toEqual({ items: LETTERS.slice(0, 2), next: 'b' });
    expect(await pageOf('b', 2)).toEqual({ items: LETTERS.slice(2, 4), next: 'd' });
  });

  it('hands on how many are passed over', async () => {
    const asked: unknown[] = [];
    const find = (request: object) => {
      asked.push(request);
      return LETTERS.slice(1, 4);
    };
    const page = await findPage({ after: undefined, size: 2, skip: 1 }, find, ({ letter }) => letter);
    expect(asked).toEqual([{ after: undefined, size: 3, skip: 1 }]);
    expect(page).toEqual({ items: LETTERS.slice(1, 3), next: 'c' });
  });

  it('says of the last page that it is, also of a full one', async () => {
    expect(await pageOf('d', 2)).toEqual({ items: LETTERS.slice(4), next: undefined });
    expect(await pageOf('c', 2)).toEqual({ items: LETTERS.slice(3), next: undefined });
    expect(await pageOf('e', 2)).toEqual({ items: [], next: undefined });
  });
});

describe('pagesBehind', () => {
  const inTwos = async (after?: string): Promise<readonly string[]> =>
    ['a', 'b', 'c', 'd', 'e'].filter((letter) => letter > (after ?? '')).slice(0, 2);

  it('are read until one is empty', async () => {
    const pages: (readonly string[])[] = [];
    for await (const page of pagesBehind(inTwos)) pages.push(page);
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('end behind the one in hand when they are stopped', async () => {
    const stopping = new AbortController();
    const pages: (readonly string[])[] = [];
    for await (const page of pagesBehind(inTwos, stopping.signal)) {
      pages.push(page);
      stopping.abort();
    }
    expect(pages).toEqual([['a', 'b']]);
  });
});
