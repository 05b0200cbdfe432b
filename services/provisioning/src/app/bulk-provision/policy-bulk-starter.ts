import { Consents } from '@gatehouse/approval';
import type { Position } from '@gatehouse/event-store';
import { type BulkId, bulkId, deriveId, type IntegrationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { AutoProvisionStreams } from '../auto-provision/auto-provision-streams';
import { BulkProvisionStreams } from './bulk-provision-streams';

export interface StartedBulk {
  readonly bulkId: BulkId;
  readonly position: Position;
}

/**
 * Gives a policy of auto-provision to the workspaces that were created before it, from nothing but the policy: whoever
 * starts it, and however often, starts the same bulk.
 */
@Injectable()
export class PolicyBulkStarter {
  constructor(
    private readonly policies: AutoProvisionStreams,
    private readonly bulks: BulkProvisionStreams,
    private readonly consents: Consents,
  ) {}

  async start(integrationId: IntegrationId, revision: bigint): Promise<StartedBulk> {
    const recorded = (await this.policies.recorded(integrationId)).find((one) => one.revision === revision);
    const policy = recorded && this.policies.decode(recorded);
    if (
      recorded === undefined ||
      policy?.type !== 'AutoProvisionPolicySet' ||
      policy.existing === undefined
    ) {
      throw new Error(`${integrationId} has no policy for existing workspaces at revision ${revision}`);
    }
    const { organizationId, limits, models, existing } = policy;
    const id = bulkId(deriveId('blk', integrationId, String(revision)));
    const command = {
      type: 'RequestBulkProvision',
      ...{ bulkId: id, organizationId, integrationId, limits, models, existing },
      scope: { kind: 'beforePolicy', revision },
      known: new Set<never>(),
      // They were judged when the policy was set.
      offered: models.all ? [] : models.names,
      at: recorded.recordedAt,
    } as const;
    const metadata = { ...recorded.metadata, requestId: id, command: command.type, causationId: recorded.id };
    // As a part of its policy.
    const { position } = await this.consents.within({ kind: 'judged' }, () =>
      this.bulks.decide(id, command, { metadata }),
    );
    return { bulkId: id, position };
  }
}
