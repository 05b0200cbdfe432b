import type { Ids, IntegrationId, OrganizationId } from '@gatehouse/kernel';

/**
 * What an integration's role at AWS has to ask for. It is ours to say, and nobody else's to guess: an organization that
 * could choose it could assume the role of another.
 */
export const externalIdOf = (
  ids: Ids,
  owner: { readonly organizationId: OrganizationId; readonly integrationId: IntegrationId },
): string => ids.derive('xid', owner.organizationId, owner.integrationId);
