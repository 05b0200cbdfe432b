import { createHash } from 'node:crypto';
import { AppError, INT64_MAX, invalidField, type KeyedPlace, type PageRequest } from '@gatehouse/kernel';

/** How the cursor of a list is written in its page tokens: as texts. */
export interface Cursors<Cursor> {
  print(cursor: Cursor): readonly string[];
  /** Undefined for texts that no cursor is written as. */
  parse(texts: readonly string[]): Cursor | undefined;
}

/** How a list is paged. */
export interface Paging<Cursor> {
  /** As many items as a page has at the most. */
  readonly max: number;
  /** As many as it has where the request does not say. */
  readonly fallback: number;
  readonly cursors: Cursors<Cursor>;
}

/** Places in an order that is counted from 0 to 2^63 - 1. */
export const PLACES: Cursors<bigint> = {
  print: (place) => [String(place)],
  parse: ([text = '', ...more]) =>
    more.length === 0 && /^\d{1,19}$/.test(text) && BigInt(text) <= INT64_MAX ? BigInt(text) : undefined,
};

/** Places in an order by a text, with what was counted: where that is no int32, it is none of ours. */
export const KEYED_PLACES: Cursors<KeyedPlace> = {
  print: ({ key, ordinal, counted }) => [
    key,
    ...PLACES.print(ordinal),
    ...(counted === undefined ? [] : [String(counted)]),
  ],
  parse: ([key, place, count, ...more]) => {
    const ordinal = PLACES.parse(place === undefined ? [] : [place]);
    if (key === undefined || ordinal === undefined || more.length > 0) return undefined;
    if (count === undefined) return { key, ordinal };
    const counted = PLACES.parse([count]);
    return counted === undefined || counted > INT32_MAX
      ? undefined
      : { key, ordinal, counted: Number(counted) };
  },
};

const INT32_MAX = 2n ** 31n - 1n;

/** What a request says of the page that it wants. */
export interface ProtoPage {
  readonly pageSize: number;
  readonly pageToken: string;
  /** In lists that can be begun further on. */
  readonly skip?: number;
}

/**
 * AIP-158: a size of 0 means the default, more than the maximum means the maximum. INVALID for a negative size or skip, and
 * `PAGE_TOKEN_MALFORMED` for a token that none of ours looks like.
 */
export const fromProtoPage = <Cursor>(
  { pageSize, pageToken, skip = 0 }: ProtoPage,
  { max, fallback, cursors }: Paging<Cursor>,
): PageRequest<Cursor> => {
  if (pageSize < 0) throw invalidField('page_size', 'must not be negative');
  if (skip < 0) throw invalidField('skip', 'must not be negative');
  const size = pageSize === 0 ? fallback : Math.min(pageSize, max);
  const extent = { size, ...(skip > 0 && { skip }) };
  if (pageToken === '') return { after: undefined, ...extent };
  const after = cursors.parse(textsOf(pageToken));
  if (after === undefined) throw new AppError('INVALID', 'PAGE_TOKEN_MALFORMED');
  return { after, ...extent };
};

/**
 * The same cursors, in tokens that are good for one list alone: where `list` is another text (another filter, another
 * order), they are malformed.
 */
export const cursorsOf = <Cursor>(list: string, cursors: Cursors<Cursor>): Cursors<Cursor> => {
  const name = createHash('sha256').update(list).digest('base64url').slice(0, 16);
  return {
    print: (cursor) => [name, ...cursors.print(cursor)],
    parse: ([written, ...texts]) => (written === name ? cursors.parse(texts) : undefined),
  };
};

/** Opaque to callers; empty after the last page. */
export const toProtoPageToken = <Cursor>(next: Cursor | undefined, { cursors }: Paging<Cursor>): string =>
  next === undefined ? '' : Buffer.from(JSON.stringify(cursors.print(next))).toString('base64url');

/** What a token says, none of it anything that a database could not take; nothing where it is no token. */
const textsOf = (token: string): readonly string[] => {
  try {
    const texts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(texts) && texts.every(isText) ? texts : [];
  } catch {
    return [];
  }
};

const isText = (text: unknown): text is string => typeof text === 'string' && !text.includes('\0');
