import { organizationId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { organizationDecider } from './organization.decider';

const acme = organizationId(`org_${'1'.repeat(26)}`);
const created = { type: 'OrganizationCreated', organizationId: acme, name: 'Acme' } as const;
const set = (allowed: boolean) => ({ type: 'SetWorkspacesConnecting', allowed }) as const;
const off = { type: 'WorkspacesConnectingSet', organizationId: acme, allowed: false } as const;

describe('whether workspaces connect integrations', () => {
  it('they may until it is said otherwise', () => {
    given(organizationDecider, created).when(set(true)).then();
    given(organizationDecider, created).when(set(false)).then(off);
  });
  it('is said once', () => given(organizationDecider, created, off).when(set(false)).then());
  it('is said of an organization', () =>
    given(organizationDecider).when(set(false)).thenRefused('ORGANIZATION_UNKNOWN'));
});
