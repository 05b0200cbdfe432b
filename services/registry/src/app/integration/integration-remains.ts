import { decideAndAppend, type EventMetadata, EventStore } from '@gatehouse/event-store';
import type { Ids, IntegrationId, OrganizationId } from '@gatehouse/kernel';
import { slugAggregate, slugStream } from '../slug/slug-aggregate';
import { CredentialVault, type Reservation } from './integration.ports';

/** Metadata of what the registry does of its own accord. The request id makes each step happen once. */
export const processMetadata = (
  organizationId: OrganizationId,
  step: { readonly command: string; readonly requestId: string; readonly reason: string },
): EventMetadata => ({
  organizationId,
  actor: { kind: 'service', id: 'registry', address: '' },
  ...step,
  correlationId: step.requestId,
  causationId: '',
});

/** What is left of an integration that has ended: its vault rows and its slug. Every step may be repeated. */
export class IntegrationRemains {
  constructor(
    private readonly store: EventStore,
    private readonly vault: CredentialVault,
    private readonly ids: Ids,
  ) {}

  async remove(ended: Reservation): Promise<void> {
    await this.destroyCredentials(ended.integrationId);
    await this.releaseSlug(ended, 'the integration was deleted');
  }

  destroyCredentials(integrationId: IntegrationId): Promise<void> {
    return this.vault.destroyAll(integrationId);
  }

  async releaseSlug({ organizationId, slug, integrationId }: Reservation, reason: string): Promise<void> {
    const command = { type: 'ReleaseSlug', organizationId, slug, integrationId } as const;
    await decideAndAppend(this.store, slugStream(organizationId, slug), slugAggregate, command, {
      ids: this.ids,
      metadata: processMetadata(organizationId, {
        command: 'ReleaseSlug',
        requestId: `release-${integrationId}`,
        reason,
      }),
    });
  }
}
