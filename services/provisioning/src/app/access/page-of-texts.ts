import { type CountedPage, findPage, type KeyedPlace, type PageRequest } from '@gatehouse/kernel';

/** Whether a text contains another, whatever the case; every text does where nothing is looked for. */
export const contains = (text: string, search: string | undefined): boolean =>
  search === undefined || text.toLowerCase().includes(search.toLowerCase());

/** A page of what is in memory, in order of a text that each has for itself. */
export const pageOfTexts = async <Item>(
  all: readonly Item[],
  textOf: (item: Item) => string,
  page: PageRequest<KeyedPlace>,
): Promise<CountedPage<Item, KeyedPlace>> => {
  const sorted = [...all].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
  const find = ({ after, size, skip = 0 }: PageRequest<KeyedPlace>): readonly Item[] =>
    sorted.filter((item) => after === undefined || textOf(item) > after.key).slice(skip, skip + size);
  const found = await findPage(page, find, (item) => ({ key: textOf(item), ordinal: 0n }));
  return { ...found, totalSize: all.length };
};
