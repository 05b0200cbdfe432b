import { z } from 'zod';

/** So many are answered at most, whatever is asked for. */
const PAGE_SIZE_MAX = 1_000;
/** Of a page of a gRPC list. Most have fewer at most, answer so many, and are asked again. */
const STEP_MAX = 500;

const number = (max: number) => z.coerce.number().int().min(0).max(max);
const size = z.coerce.number().int().min(1).max(PAGE_SIZE_MAX);
/** Beyond it no page begins: a gRPC list passes over what an int32 counts. */
const PAGE_MAX = 2_000_000;

/** A page of a list, counted from 0, in either of the spellings that clients have. */
export const pageQuery = {
  current_page: number(PAGE_MAX).optional(),
  currentPage: number(PAGE_MAX).optional(),
  page_size: size.optional(),
  pageSize: size.optional(),
};

type PageQuery = z.output<z.ZodObject<typeof pageQuery>>;

/** Of a list: how many are passed over, and how many are wanted. */
export interface Part {
  readonly skip: number;
  readonly size: number;
}

/** What every page of a gRPC list says beside its items. */
export interface ListPage {
  readonly nextPageToken: string;
  readonly totalSize: number;
}

/** @param fallback how many, where the request does not say. */
export const pageOf = (
  { current_page: page, currentPage, page_size: asked, pageSize }: PageQuery,
  fallback: number,
): Part => {
  const wanted = asked ?? pageSize ?? fallback;
  return { skip: (page ?? currentPage ?? 0) * wanted, size: wanted };
};

/** What one page of this API is, from as many pages of a gRPC list as it takes. */
export const gathered = async <Page extends ListPage, Item>(
  { skip, size: wanted }: Part,
  read: (page: { pageSize: number; pageToken: string; skip: number }) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<{ readonly total: number; readonly items: readonly Item[] }> => {
  const items: Item[] = [];
  let total = 0;
  let pageToken = '';
  do {
    const left = wanted - items.length;
    const first = items.length === 0 && pageToken === '';
    const page = await read({ pageSize: Math.min(left, STEP_MAX), pageToken, skip: first ? skip : 0 });
    items.push(...itemsOf(page));
    ({ nextPageToken: pageToken, totalSize: total } = page);
  } while (pageToken !== '' && items.length < wanted);
  return { total, items };
};

/** What one page of this API is, from all that there is of a list. */
export const pageIn = <Item>(
  items: readonly Item[],
  { skip, size }: Part,
): { readonly total: number; readonly data: Item[] } => ({
  total: items.length,
  data: items.slice(skip, skip + size),
});

/** Of a list that is answered whole where no page of it is asked for. */
export const ALL_BY_DEFAULT = Number.MAX_SAFE_INTEGER;

/** A list that is answered whole. */
export const WHOLE: Part = { skip: 0, size: Number.POSITIVE_INFINITY };
/** Whatever is first: to wait for a position. */
export const ANY: Part = { skip: 0, size: 1 };

/** So many ids are asked for at once at most. */
const IDS_MAX = 100;

/** Ids in as many parts as it takes to ask for them. */
export const inSteps = (ids: readonly string[]): readonly string[][] =>
  Array.from({ length: Math.ceil(ids.length / IDS_MAX) }, (_, index) =>
    ids.slice(index * IDS_MAX, (index + 1) * IDS_MAX),
  );
