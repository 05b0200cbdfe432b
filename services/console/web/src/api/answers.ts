import {
  QueryClient,
  keepPreviousData,
  useMutation,
  type UseMutationResult,
  useQuery,
  type UseQueryResult,
  useQueryClient,
} from '@tanstack/react-query';
import { type ApiError, type Changing, get, type Query, send } from './api-client';

export const newQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: (count, error) => isPassing(error as ApiError) && count < 2, staleTime: 5_000 },
    },
  });

/** Unavailable for the moment, as far as can be known. */
const isPassing = ({ status }: ApiError): boolean => status === 0 || status >= 500;

/** What a path answers. A page of a list stays until the next one is there. */
export const useAnswer = <Answer>(
  path: string,
  query: Query = {},
  { enabled = true, everyMs }: { readonly enabled?: boolean; readonly everyMs?: number } = {},
): UseQueryResult<Answer, ApiError> =>
  useQuery<Answer, ApiError>({
    queryKey: [path, query],
    queryFn: ({ signal }) => get<Answer>(path, query, signal),
    placeholderData: keepPreviousData,
    enabled,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
  });

export interface Change {
  readonly method: Changing;
  readonly path: string;
  readonly body?: object;
}

/** Asks for a change; once it is made, whatever is shown is asked for anew. */
export const useChange = <Answer = object>(
  onDone?: (answer: Answer) => void,
): UseMutationResult<Answer, ApiError, Change> => {
  const client = useQueryClient();
  return useMutation<Answer, ApiError, Change>({
    // What was sent may hold a secret: nothing of it is kept once the asking is over.
    gcTime: 0,
    mutationFn: ({ method, path, body }) => send<Answer>(method, path, body),
    onSuccess: async (answer) => {
      await client.invalidateQueries();
      onDone?.(answer);
    },
  });
};
