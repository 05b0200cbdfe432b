import type { EventMetadata } from '@gatehouse/event-store';
import { Clock, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { slugKey, SlugStreams } from '../slug/slug-streams';
import { IntegrationKeys } from '../vault/integration-keys.ports';
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

/** What is left of an integration that has ended: its vault rows, its keys and its slug. Every step may be repeated. */
export class IntegrationRemains {
  constructor(
    private readonly slugs: SlugStreams,
    private readonly vault: CredentialVault,
    private readonly keys: IntegrationKeys,
    private readonly clock: Clock,
  ) {}

  async remove(ended: Reservation): Promise<void> {
    await this.destroyCredentials(ended.integrationId);
    await this.releaseSlug(ended, 'the integration was deleted');
  }

  /** Its rows at once; its keys, without which what databases keep of the rows is noise, are due from now on. */
  async destroyCredentials(integrationId: IntegrationId): Promise<void> {
    await this.keys.condemn(integrationId, this.clock.now());
    await this.vault.destroyAll(integrationId);
  }

  async releaseSlug({ organizationId, slug, integrationId }: Reservation, reason: string): Promise<void> {
    const command = { type: 'ReleaseSlug', organizationId, slug, integrationId } as const;
    const metadata = processMetadata(organizationId, {
      command: 'ReleaseSlug',
      requestId: `release-${integrationId}`,
      reason,
    });
    await this.slugs.decide(slugKey(organizationId, slug), command, { metadata });
  }
}
