import { useQueryClient } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense, useEffect } from 'react';
import { matchRoute, Redirect, Route, Switch, useLocation, useRouter } from 'wouter';
import { type Page, PAGES } from './pages';
import type { Brought } from './session/brought';
import { endSessionAt, SessionProvider, useWhoIsSignedIn } from './session/session';
import { SignInPage } from './session/sign-in-page';
import { Layout } from './shell/layout';
import { NotFoundPage } from './shell/not-found-page';
import { PageBoundary } from './shell/page-boundary';
import { Button } from './ui/button';
import { Notice } from './ui/notice';
import { useTitle } from './ui/title';

interface AppProps {
  readonly brought: Brought;
}

export const App = ({ brought }: AppProps) => {
  useEndOfSession();
  usePageAhead();
  const who = useWhoIsSignedIn();
  if (who.isPending) return <p className="quiet waiting">Loading…</p>;
  if (who.isLoadingError)
    return (
      <main className="sign-in stack">
        <Notice tone="bad">{who.error.message}</Notice>
        <Button onClick={() => void who.refetch()}>Try again</Button>
      </main>
    );
  if (who.data === null) return <SignInPage brought={brought} />;
  const { data } = who;
  const pages = PAGES.filter(({ isFor }) => isFor(data));
  const [first] = pages;
  return (
    <SessionProvider value={data}>
      <Layout key={data.apiKey.id} pages={pages}>
        <Suspense fallback={<p className="quiet">Loading…</p>}>
          <Switch>
            {pages.map((page) => (
              <Route key={page.path} path={page.path}>
                {(params) => <Shown page={page} params={params as Readonly<Record<string, string>>} />}
              </Route>
            ))}
            {first && (
              <Route path="/">
                <Redirect to={first.path} replace />
              </Route>
            )}
            <Route>
              <NotFoundPage />
            </Route>
          </Switch>
        </Suspense>
      </Layout>
    </SessionProvider>
  );
};

/** Whatever answers that nobody is signed in shows the way to sign in. */
const useEndOfSession = (): void => {
  const client = useQueryClient();
  useEffect(() => {
    return client.getQueryCache().subscribe(({ type, query }) => {
      if (type === 'updated') endSessionAt(client, query.state.error);
    });
  }, [client]);
};

/** What the address asks for is loaded while it is found out who asks. */
const usePageAhead = (): void => {
  const { parser } = useRouter();
  const [location] = useLocation();
  useEffect(() => {
    const asked = PAGES.find(({ path }) => matchRoute(parser, path, location)[0]);
    // Where it cannot be loaded, the page itself says so.
    asked?.load().catch(() => undefined);
  }, [parser, location]);
};

const loaded = new Map<Page, ComponentType<Readonly<Record<string, string>>>>();

const componentOf = (page: Page): ComponentType<Readonly<Record<string, string>>> => {
  const known = loaded.get(page);
  if (known) return known;
  const component = lazy(async () => ({ default: await page.load() }));
  loaded.set(page, component);
  return component;
};

interface ShownProps {
  readonly page: Page;
  readonly params: Readonly<Record<string, string>>;
}

const Shown = ({ page, params }: ShownProps) => {
  const Component = componentOf(page);
  useTitle(page.title);
  return (
    <PageBoundary key={JSON.stringify(params)}>
      <Component {...params} />
    </PageBoundary>
  );
};
