import { Consents } from '@gatehouse/approval';
import type { EventMetadata, Position } from '@gatehouse/event-store';
import { AppError, Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { ownMetadata } from '../own-metadata';
import { type NamedProvision, ProvisionNaming } from '../provision/provision-naming';
import { provisionIdOf } from '../provision/provision-maker';
import { Integrations } from '../provision/provision.ports';
import { ProvisionStreams } from '../provision/provision-streams';
import type { AwaitedProvision } from './auto-provision.ports';

/** Makes what policies give. Whoever does it, and however often, makes the same once. */
@Injectable()
export class AwaitedProvisionMaker {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly integrations: Integrations,
    private readonly naming: ProvisionNaming,
    private readonly ids: Ids,
    private readonly consents: Consents,
  ) {}

  /**
   * The position at which the provision stands, whoever made it. Undefined where its integration was not heard of yet, or
   * has gone: then the policy ends, and nothing is awaited of it any more. Undefined also where the workspace calls another
   * provision by the integration's slug: it is awaited until that is free.
   */
  async make(awaited: AwaitedProvision): Promise<Position | undefined> {
    const { organizationId, workspaceId, integrationId, limits, models } = awaited;
    const integration = await this.integrations.find(organizationId, integrationId);
    const live = integration?.status === 'connected' || integration?.status === 'connecting';
    if (!live) return undefined;
    const metadata = metadataOf(awaited);
    const provisionId = provisionIdOf(organizationId, awaited);
    const command = {
      type: 'ApplyProvision',
      ...{ provisionId, organizationId, workspaceId, integrationId, limits, models },
      existing: 'keep',
      seed: this.ids.derive('seed', organizationId, metadata.requestId),
    } as const;
    const about = { organizationId, workspaceId, provisionId, integrationId };
    if (await this.isSlugTaken(metadata, about)) return undefined;
    // By its policy.
    const { position } = await this.consents.within({ kind: 'judged' }, () =>
      this.provisions.decide(provisionId, command, { metadata }),
    );
    return position;
  }

  private async isSlugTaken(metadata: EventMetadata, about: NamedProvision): Promise<boolean> {
    try {
      await this.naming.prepare(metadata, about);
      return false;
    } catch (error) {
      if (error instanceof AppError && error.reason === 'PROVISION_SLUG_TAKEN') return true;
      throw error;
    }
  }
}

const metadataOf = (awaited: AwaitedProvision): EventMetadata => {
  const { organizationId, workspaceId, reason, correlationId, causationId } = awaited;
  const requestId = `auto-provision-${workspaceId}`;
  const command = 'AutoProvision';
  return ownMetadata({ organizationId, command, requestId, reason, correlationId, causationId });
};
