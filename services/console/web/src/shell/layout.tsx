import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Page } from '../pages';
import { useSession } from '../session/session';
import { Button } from '../ui/button';
import { AccountName } from './account-name';
import { Mark } from './mark';

interface LayoutProps {
  /** Those that whoever is signed in can open. */
  readonly pages: readonly Page[];
  readonly children: ReactNode;
}

export const Layout = ({ pages, children }: LayoutProps) => {
  const [location] = useLocation();
  const [isNavOpen, setNavOpen] = useState(false);
  useEffect(() => setNavOpen(false), [location]);
  return (
    <div className="layout">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="bar row spread">
        <span className="row">
          <Button
            kind="bare"
            aria-expanded={isNavOpen}
            aria-controls="nav"
            onClick={() => setNavOpen(!isNavOpen)}
          >
            Menu
          </Button>
          <Mark />
          <Whose />
        </span>
        <Account />
      </header>
      <nav id="nav" className={isNavOpen ? 'nav open' : 'nav'} aria-label="Pages">
        <ul>
          {pages
            .filter(({ nav }) => nav)
            .map(({ path, title }) => (
              <li key={path}>
                <Link href={path} aria-current={isAt(location, path) ? 'page' : undefined}>
                  {title}
                </Link>
              </li>
            ))}
        </ul>
      </nav>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
};

const isAt = (location: string, path: string): boolean =>
  location === path || location.startsWith(`${path}/`);

/** The organization, and the workspace where that is all one sees. */
const Whose = () => {
  const { organization, workspace } = useSession();
  return <strong>{workspace ? `${organization.name} / ${workspace.name}` : organization.name}</strong>;
};

const AccountMenu = lazy(async () => ({ default: (await import('./account-menu')).AccountMenu }));

/** The menu comes when it is first asked for: before a page is shown it would be a third of all that is loaded. */
const Account = () => {
  const [isAsked, setAsked] = useState(false);
  const button = (
    <Button kind="bare" aria-haspopup="menu" onClick={() => setAsked(true)}>
      <AccountName />
    </Button>
  );
  return isAsked ? (
    <Suspense fallback={button}>
      <AccountMenu />
    </Suspense>
  ) : (
    button
  );
};
