/** Which part of a list is asked for. */
export interface PageRequest<Cursor> {
  /** What the page before answered as `next`; undefined for the first page. */
  readonly after: Cursor | undefined;
  /** How many items at the most, at least 1. */
  readonly size: number;
  /** How many items are passed over first; absent: none. */
  readonly skip?: number;
}

/** A part of a list. */
export interface Page<Item, Cursor> {
  readonly items: readonly Item[];
  /** Where the next page goes on; undefined on the last one. */
  readonly next: Cursor | undefined;
}

/** A place in a list that is ordered by a text, and what is the same in it by the order of creation. */
export interface KeyedPlace {
  /** As the database compares it. */
  readonly key: string;
  readonly ordinal: bigint;
  /** How many items there are in all, as the first page has counted; absent where nobody has. */
  readonly counted?: number;
}

/** A page, and how many items there are in all, on whatever page: as they were counted for it, or for the first that it goes on from. */
export interface CountedPage<Item, Cursor> extends Page<Item, Cursor> {
  readonly totalSize: number;
}

/** The page that is asked for. One item more than its size is looked for: it tells whether there is another page. */
export const findPage = async <Item, Cursor>(
  { size, ...from }: PageRequest<Cursor>,
  find: (request: PageRequest<Cursor>) => readonly Item[] | Promise<readonly Item[]>,
  cursorOf: (item: Item) => Cursor,
): Promise<Page<Item, Cursor>> => {
  const found = await find({ ...from, size: size + 1 });
  const items = found.slice(0, size);
  const last = found.length > size ? items.at(-1) : undefined;
  return { items, next: last && cursorOf(last) };
};

/**
 * What is looked for, page by page, each from behind the last of the one before, so that what stays holds up nothing behind it. Ends with a
 * page that is empty, or behind the one in hand once `stopped` is aborted.
 */
export const pagesBehind = async function* <Item>(
  read: (after: Item | undefined) => Promise<readonly Item[]>,
  stopped?: AbortSignal,
): AsyncGenerator<readonly Item[], void, undefined> {
  let last: Item | undefined;
  do {
    const page = await read(last);
    if (page.length > 0) yield page;
    last = page.at(-1);
  } while (last !== undefined && !stopped?.aborted);
};
