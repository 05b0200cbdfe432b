import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useSearchParams } from 'wouter';
import { useAnswer } from '../api/answers';
import type { Query } from '../api/api-client';
import { Button } from './button';
import { Notice, Refusal } from './notice';
import { SearchField } from './search-field';
import { type Column, Table } from './table';

/** A page of what the console lists. */
export interface Listed<Row> {
  readonly total: number;
  readonly data: readonly Row[];
}

interface ListProps<Row, More> {
  readonly caption: string;
  readonly path: string;
  readonly query?: Query;
  readonly pageSize?: number;
  /** What the search field says that it looks for; without it there is none. */
  readonly search?: string;
  /** The search's name in the query of the console, where it is another. */
  readonly searchAs?: string;
  /** Beside the search. */
  readonly filters?: ReactNode;
  /** Perhaps by what else the answer tells, beside its rows. */
  readonly columns: readonly Column<Row>[] | ((answer: Listed<Row> & More) => readonly Column<Row>[]);
  readonly keyOf: (row: Row) => string;
  /** Where there is nothing, and nothing was looked for. */
  readonly empty: ReactNode;
  /** Two lists of one page keep their places in the address apart by it. */
  readonly name?: string;
  readonly everyMs?: number;
}

/** A list that the server pages and searches. Where it stands is in the address, so that it can be sent to somebody. */
export const List = <Row, More = object>({
  caption,
  path,
  query = {},
  pageSize = 25,
  search,
  searchAs = 'search',
  filters,
  columns,
  keyOf,
  empty,
  name = '',
  everyMs,
}: ListProps<Row, More>) => {
  const place = usePlace(name);
  const answer = useAnswer<Listed<Row> & More>(
    path,
    { ...query, [searchAs]: place.search, current_page: place.page, page_size: pageSize },
    everyMs === undefined ? {} : { everyMs },
  );
  const isBeyond = useLastPage(place, pageSize, answer);
  const isEmpty = answer.data?.data.length === 0;
  const isLooking = answer.isPending || (isEmpty && (isBeyond || answer.isPlaceholderData));
  return (
    <section className="stack" aria-busy={answer.isFetching}>
      {(search !== undefined || filters) && (
        <div className="row wrap">
          {search !== undefined && (
            <SearchField label={search} value={place.search} onChange={place.setSearch} />
          )}
          {filters}
        </div>
      )}
      <Refusal error={answer.error} />
      {isLooking && !answer.error && <p className="quiet">Loading…</p>}
      {isEmpty && !isLooking && (
        <>{place.search === '' ? empty : <Notice>Nothing is found for “{place.search}”.</Notice>}</>
      )}
      {answer.data && !isEmpty && (
        <Table
          caption={caption}
          columns={typeof columns === 'function' ? columns(answer.data) : columns}
          rows={answer.data.data}
          keyOf={keyOf}
        />
      )}
      {answer.data && <Pager {...place} pageSize={pageSize} total={answer.data.total} of={caption} />}
    </section>
  );
};

/** What is looked for and which page is shown, as the address says. */
export const usePlace = (name = '') => {
  const [params, setParams] = useSearchParams();
  const [searchName, pageName] = [`${name}search`, `${name}page`];
  const change = (said: Readonly<Record<string, string>>) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [key, value] of Object.entries(said))
          if (value === '') after.delete(key);
          else after.set(key, value);
        return after;
      },
      { replace: true },
    );
  const page = Number(params.get(pageName) ?? 0);
  return {
    search: params.get(searchName) ?? '',
    page: Number.isSafeInteger(page) && page > 0 ? page : 0,
    setSearch: (search: string) => change({ [searchName]: search, [pageName]: '' }),
    setPage: (next: number) => change({ [pageName]: next === 0 ? '' : String(next) }),
  };
};

/** Whether this page is beyond the last one, as where the last of its rows has gone; then it leads there. */
const useLastPage = (
  { page, setPage }: ReturnType<typeof usePlace>,
  pageSize: number,
  { data, isPlaceholderData }: UseQueryResult<Listed<unknown>>,
): boolean => {
  const last = Math.max(0, Math.ceil((data?.total ?? 0) / pageSize) - 1);
  const isBeyond = data?.data.length === 0 && !isPlaceholderData && page > last;
  useEffect(() => {
    if (isBeyond) setPage(last);
  });
  return isBeyond;
};

interface PagerProps {
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
  readonly setPage: (page: number) => void;
  /** What is paged, for those who do not see it. */
  readonly of: string;
}

export const Pager = ({ page, pageSize, total, setPage, of }: PagerProps) => {
  if (total <= pageSize && page === 0) return null;
  const [from, to] = [page * pageSize + 1, Math.min((page + 1) * pageSize, total)];
  return (
    <nav className="row spread pager" aria-label={`Pages of ${of}`}>
      <span className="quiet">{from > total ? `of ${total}` : `${from}–${to} of ${total}`}</span>
      <span className="row">
        <Button disabled={page === 0} onClick={() => setPage(page - 1)}>
          Previous
        </Button>
        <Button disabled={to >= total} onClick={() => setPage(page + 1)}>
          Next page
        </Button>
      </span>
    </nav>
  );
};
