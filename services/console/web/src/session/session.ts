import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { ApiError, get, OTHER_SESSION, send, rememberCsrf } from '../api/api-client';

/** Who is signed in, as `GET /session` says. */
export interface Session {
  readonly apiKey: { readonly id: string; readonly name: string };
  /** Whose the key is; null: a service's. */
  readonly member: { readonly id: string; readonly name: string } | null;
  readonly role: 'owner' | 'admin' | 'auditor' | 'workspaceAdmin';
  readonly organization: { readonly id: string; readonly name: string };
  /** The only one that is seen; null: all of the organization's. */
  readonly workspace: { readonly id: string; readonly name: string; readonly slug: string } | null;
  readonly csrf: string;
}

export interface WaysToSignIn {
  /** Whether a session can be had here: not over plain HTTP from elsewhere. */
  readonly secure: boolean;
  readonly oidc: { readonly name: string } | null;
}

const SESSION = '/session';
const KEY = [SESSION];

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

/** Of whoever looks at the page; there is one wherever a page is shown. */
export const useSession = (): Session => {
  const session = useContext(SessionContext);
  if (!session) throw new Error('nobody is signed in');
  return session;
};

/** Whether whoever looks at the page may change what is the organization's. */
export const useGoverns = (): boolean => ['owner', 'admin'].includes(useSession().role);

/** null: nobody is. The cookie is the browser's, and so another's may have come into it while one looked at another tab. */
export const useWhoIsSignedIn = () =>
  useQuery<Session | null, ApiError>({
    queryKey: KEY,
    staleTime: Infinity,
    refetchOnWindowFocus: 'always',
    queryFn: async ({ signal, client }) => {
      try {
        const session = await get<Session>(SESSION, {}, signal);
        const before = client.getQueryData<Session | null>(KEY);
        if (before && before.apiKey.id !== session.apiKey.id) forgetShown(client);
        return known(session);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });

export const useWaysToSignIn = () =>
  useQuery<WaysToSignIn, ApiError>({
    queryKey: ['/session/ways'],
    staleTime: Infinity,
    queryFn: ({ signal }) => get<WaysToSignIn>('/session/ways', {}, signal),
  });

const known = (session: Session): Session => {
  rememberCsrf(session.csrf);
  return session;
};

/** Whoever signs in sees nothing that was shown to somebody else. */
const begin = (client: QueryClient, session: Session | null): void => {
  client.setQueryData(KEY, session);
  forgetShown(client);
};

const forgetShown = (client: QueryClient): void =>
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION });

export const useSignIn = () => {
  const client = useQueryClient();
  return async (by: { readonly key: string } | { readonly link: string }): Promise<void> => {
    begin(client, known(await send<Session>('POST', SESSION, by)));
  };
};

/** Rejects where the session goes on. */
export const useSignOut = () => {
  const client = useQueryClient();
  return async (): Promise<void> => {
    try {
      await send('DELETE', SESSION);
      begin(client, null);
    } catch (refusal) {
      endSessionAt(client, refusal);
      throw refusal;
    }
  };
};

/** A session that has ended shows with the first answer that is refused, and that there is another with the first change. */
export const endSessionAt = (client: QueryClient, error: unknown): void => {
  if (!(error instanceof ApiError)) return;
  if (error.status === 401) begin(client, null);
  if (error.reason === OTHER_SESSION) void client.invalidateQueries({ queryKey: KEY });
};
