import { type CountedPage, findPage, type KeyedPlace, type PageRequest } from '@gatehouse/kernel';
import type { QueryResult, QueryResultRow } from 'pg';

/** A list in some order, without its page. No part of it is a caller's text but the values. */
export interface KeyedList {
  /** `SELECT … FROM …`, without a condition. */
  readonly select: string;
  /** Which rows, with `$1` … for the values. */
  readonly where: string;
  readonly values: readonly unknown[];
  /** An expression of type text that rows are ordered by; what is the same in it is in order of the ordinal. */
  readonly key: string;
  /** A column that numbers the rows of the whole table, and that the select answers under this name. */
  readonly ordinal: string;
  readonly descending: boolean;
}

/** Whatever answers queries. */
export interface Queryable {
  query<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
}

export interface KeyedRow {
  readonly sort_key: string;
  readonly sort_ordinal: bigint;
}

/** A name's key: the same order wherever the database stands, whatever the case. */
export const nameKey = (column: string): string => `lower(${column}) COLLATE "C"`;

/** The key of a list whose only order is that of its ordinal. */
export const NO_KEY = `''::text`;

/** The rows of a page. It goes on after the place, whatever was added or taken away meanwhile. */
export const listKeyed = async <Row extends QueryResultRow>(
  database: Queryable,
  { select, where, values, key, ordinal, descending }: KeyedList,
  { after, size, skip = 0 }: PageRequest<KeyedPlace>,
): Promise<readonly (Row & KeyedRow)[]> => {
  const [direction, beyond] = descending ? ['DESC', '<'] : ['ASC', '>'];
  const [afterKey, afterOrdinal, limit, offset] = [1, 2, 3, 4].map((place) => `$${values.length + place}`);
  const { rows } = await database.query<Row & KeyedRow>(
    `SELECT *, ${key} AS sort_key, ${ordinal} AS sort_ordinal FROM (${select}) listed
     WHERE (${where}) AND (${afterKey}::text IS NULL OR (${key}, ${ordinal}) ${beyond} (${afterKey}, ${afterOrdinal}::bigint))
     ORDER BY ${key} ${direction}, ${ordinal} ${direction} LIMIT ${limit} OFFSET ${offset}`,
    [...values, after?.key ?? null, after?.ordinal ?? null, size, skip],
  );
  return rows;
};

/** How many rows there are in all, on whatever page. */
export const countKeyed = async (
  database: Queryable,
  { select, where, values }: Pick<KeyedList, 'select' | 'where' | 'values'>,
): Promise<number> => {
  const sql = `SELECT count(*) AS total FROM (${select}) listed WHERE ${where}`;
  const { rows } = await database.query<{ total: bigint }>(sql, values);
  return Number(rows[0]?.total);
};

/** A page of a list, each row as a view, with how many there are in all: the first page counts, and those that go on from it need not. */
export const pageKeyed = async <Row extends object, View>(
  database: Queryable,
  list: KeyedList,
  page: PageRequest<KeyedPlace>,
  viewOf: (row: Row) => View,
): Promise<CountedPage<View, KeyedPlace>> => {
  const [{ items, next }, counted] = await Promise.all([
    findPage(
      page,
      (request) => listKeyed<Row>(database, list, request),
      // Of an ordinal that is no int8 column, the driver makes a number.
      (row): KeyedPlace => ({ key: row.sort_key, ordinal: BigInt(row.sort_ordinal) }),
    ),
    page.after?.counted ?? countKeyed(database, list),
  ]);
  return { items: items.map(viewOf), next: next && { ...next, counted }, totalSize: counted };
};
