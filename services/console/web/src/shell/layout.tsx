import { Menu } from '@base-ui/react/menu';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Page } from '../pages';
import { useSession, useSignOut } from '../session/session';
import { Button } from '../ui/button';
import { Mark } from './mark';
import { chooseScheme, chosenScheme, type Scheme } from './scheme';

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

const ROLES = {
  owner: 'owner',
  admin: 'admin',
  auditor: 'auditor',
  workspaceAdmin: 'workspace admin',
} as const;

const SCHEMES: readonly (readonly [Scheme, string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

const Account = () => {
  const { apiKey, member, role } = useSession();
  const signOut = useSignOut();
  const [scheme, setScheme] = useState<Scheme>(chosenScheme);
  const choose = (next: Scheme) => {
    chooseScheme(next);
    setScheme(next);
  };
  return (
    <Menu.Root>
      <Menu.Trigger className="button bare">
        {member?.name ?? apiKey.name} <span aria-hidden="true">▾</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="positioner" align="end" sideOffset={4}>
          <Menu.Popup className="menu">
            <Menu.Group>
              <Menu.GroupLabel className="menu-label">
                {ROLES[role]}, by the key “{apiKey.name}”
              </Menu.GroupLabel>
            </Menu.Group>
            <Menu.RadioGroup value={scheme} onValueChange={choose} aria-label="Colours">
              {SCHEMES.map(([value, label]) => (
                <Menu.RadioItem key={value} value={value} className="menu-item">
                  <span className="menu-sign">
                    <Menu.RadioItemIndicator>✓</Menu.RadioItemIndicator>
                  </span>
                  {label}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <Menu.Item className="menu-item" onClick={() => void signOut()}>
              <span className="menu-sign" />
              Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
};
