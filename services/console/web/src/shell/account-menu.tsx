import { Menu } from '@base-ui/react/menu';
import { useState } from 'react';
import type { ApiError } from '../api/api-client';
import { useSession, useSignOut } from '../session/session';
import { Refusal } from '../ui/notice';
import { AccountName } from './account-name';
import { chooseScheme, chosenScheme, type Scheme } from './scheme';

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

/** Open from the first: somebody has asked for it. */
export const AccountMenu = () => {
  const { apiKey, role } = useSession();
  const signOut = useSignOut();
  const [refusal, setRefusal] = useState<ApiError>();
  const [scheme, setScheme] = useState<Scheme>(chosenScheme);
  const choose = (next: Scheme) => {
    chooseScheme(next);
    setScheme(next);
  };
  return (
    <>
      <Refusal error={refusal} />
      <Menu.Root defaultOpen onOpenChange={() => setRefusal(undefined)}>
        <Menu.Trigger className="button bare">
          <AccountName />
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
              <Menu.Item className="menu-item" onClick={() => void signOut().catch(setRefusal)}>
                <span className="menu-sign" />
                Sign out
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </>
  );
};
