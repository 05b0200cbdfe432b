import {
  QueryClient,
  type QueryKey,
  useQuery,
  type UseQueryResult,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';
import { endSessionAt } from '../session/session';
import { ApiError, type Changing, get, type Query, send } from './api-client';

export const newQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: (count, error) => isPassing(error as ApiError) && count < 2, staleTime: 5_000 },
    },
  });

/** Unavailable for the moment, as far as can be known. */
const isPassing = ({ status }: ApiError): boolean => status === 0 || status >= 500;

const UNTIL_EVERY_MS = 500;

export interface Asking<Answer> {
  readonly enabled?: boolean;
  readonly everyMs?: number;
  /** Asked again and again until this holds. */
  readonly until?: (answer: Answer | undefined, error: ApiError | null) => boolean;
}

/** By these a list is paged and searched. */
const PLACES = ['current_page', 'search', 'name', 'email'];

/** What is asked for, wherever one stands in it. */
const listOf = ([path, query]: QueryKey): string =>
  JSON.stringify([path, Object.entries(query as Query).filter(([name]) => !PLACES.includes(name))]);

/** What a path answers. A page of a list stays until the next one of the same is there. */
export const useAnswer = <Answer>(
  path: string,
  query: Query = {},
  { enabled = true, everyMs, until }: Asking<Answer> = {},
): UseQueryResult<Answer, ApiError> =>
  useQuery<Answer, ApiError>({
    queryKey: [path, query],
    queryFn: ({ signal }) => get<Answer>(path, query, signal),
    placeholderData: (before, asked) =>
      asked && listOf(asked.queryKey) === listOf([path, query]) ? before : undefined,
    enabled,
    refetchInterval: ({ state: { data, error } }) =>
      everyMs ?? (until && !until(data, error) ? UNTIL_EVERY_MS : false),
  });

/**
 * What a path answers when a dialog opens, which is what is edited there whatever is answered later. What was read the last time may be
 * old.
 */
export const useAsOpened = <Answer>(
  path: string,
): { readonly opened: Answer | undefined; readonly error: ApiError | null } => {
  const answer = useAnswer<Answer>(path);
  const [opened, setOpened] = useState<Answer>();
  if (!opened && answer.data && !answer.isFetching) setOpened(answer.data);
  return { opened, error: answer.error };
};

/** What is asked by POST, and changes nothing. Nothing is asked where there is no body. */
export const useAsked = <Answer>(path: string, body: object | undefined): UseQueryResult<Answer, ApiError> =>
  useQuery<Answer, ApiError>({
    queryKey: [path, body],
    queryFn: ({ signal }) => send<Answer>('POST', path, body, signal),
    enabled: body !== undefined,
  });

export interface Change {
  readonly method: Changing;
  readonly path: string;
  readonly body?: object;
}

export interface ChangeMaking {
  /** A refusal is in `error` then, and rejects nothing. */
  readonly mutate: (change: Change) => Promise<void>;
  readonly isPending: boolean;
  readonly error: ApiError | null;
  readonly reset: () => void;
}

/**
 * Asks for a change; once it is made, whatever is shown is asked for anew. What was sent may hold a secret: nothing of it is kept once
 * the asking is over.
 */
export const useChange = <Answer = object>(onDone?: (answer: Answer) => void): ChangeMaking => {
  const client = useQueryClient();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const mutate = async ({ method, path, body }: Change): Promise<void> => {
    setPending(true);
    setError(null);
    try {
      const answer = await send<Answer>(method, path, body);
      await client.invalidateQueries();
      onDone?.(answer);
    } catch (refusal) {
      if (!(refusal instanceof ApiError)) throw refusal;
      setError(refusal);
      endSessionAt(client, refusal);
    } finally {
      setPending(false);
    }
  };
  return { mutate, isPending, error, reset: () => setError(null) };
};
