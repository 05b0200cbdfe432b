import { findPage } from './page';

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

  it('says of the last page that it is, also of a full one', async () => {
    expect(await pageOf('d', 2)).toEqual({ items: LETTERS.slice(4), next: undefined });
    expect(await pageOf('c', 2)).toEqual({ items: LETTERS.slice(3), next: undefined });
    expect(await pageOf('e', 2)).toEqual({ items: [], next: undefined });
  });
});
