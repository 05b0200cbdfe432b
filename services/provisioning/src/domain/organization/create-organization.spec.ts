import { organizationId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { organizationDecider } from './organization.decider';

const acme = { organizationId: organizationId(`org_${'1'.repeat(26)}`), name: 'Acme' };
const create = { type: 'CreateOrganization', ...acme } as const;
const created = { type: 'OrganizationCreated', ...acme } as const;

describe('creating an organization', () => {
  it('records it', () => given(organizationDecider).when(create).then(created));
  it('happens once', () =>
    given(organizationDecider, created).when(create).thenRefused('ORGANIZATION_EXISTS'));
});
