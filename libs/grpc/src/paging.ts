import { AppError, invalidField } from '@gatehouse/kernel';

/** AIP-158: 0 means the default, more than the maximum means the maximum, less than 0 is INVALID. */
export const pageSize = (requested: number, { max, fallback }: { max: number; fallback: number }): number => {
  if (requested < 0) throw invalidField('page_size', 'must not be negative');
  return requested === 0 ? fallback : Math.min(requested, max);
};

/** An opaque page token around a cursor of texts. */
export const encodePageToken = (cursor: readonly string[]): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** The cursor of a page token; undefined for the first page. INVALID `PAGE_TOKEN_MALFORMED` for any other text. */
export const decodePageToken = (token: string, length: number): readonly string[] | undefined => {
  if (token === '') return undefined;
  let cursor: unknown;
  try {
    cursor = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch (error) {
    throw new AppError('INVALID', 'PAGE_TOKEN_MALFORMED', { cause: error });
  }
  if (
    !Array.isArray(cursor) ||
    cursor.length !== length ||
    !cursor.every((part) => typeof part === 'string')
  ) {
    throw new AppError('INVALID', 'PAGE_TOKEN_MALFORMED');
  }
  return cursor as string[];
};
