import { Consents } from '@gatehouse/approval';
import type { EventMetadata, RecordedEvent } from '@gatehouse/event-store';
import { AppError, Ids, type WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { BulkOutcome } from '../../domain/bulk-provision/bulk-provision.events';
import { ownMetadata } from '../own-metadata';
import { ProvisionNaming } from '../provision/provision-naming';
import { provisionIdOf } from '../provision/provision-maker';
import { ProvisionStreams } from '../provision/provision-streams';
import type { OpenBulk } from './bulk-provision.ports';

/** Carries a bulk provision to one workspace. */
@Injectable()
export class BulkTurnTaker {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly naming: ProvisionNaming,
    private readonly ids: Ids,
    private readonly consents: Consents,
  ) {}

  /** The same outcome however often it is asked for. What may yet succeed is thrown. */
  async take(bulk: OpenBulk, workspaceId: WorkspaceId): Promise<BulkOutcome> {
    try {
      return { workspaceId, kind: await this.apply(bulk, workspaceId) };
    } catch (error) {
      if (!(error instanceof AppError) || mayYetSucceed(error)) throw error;
      return { workspaceId, kind: 'refused', reason: error.reason };
    }
  }

  private async apply(bulk: OpenBulk, workspaceId: WorkspaceId): Promise<'made' | 'changed' | 'unchanged'> {
    const { organizationId, integrationId, limits, models, existing } = bulk;
    const provisionId = provisionIdOf(organizationId, { workspaceId, integrationId });
    const metadata = metadataOf(bulk, 'ApplyProvision', `bulk-${bulk.bulkId}`);
    const command = {
      type: 'ApplyProvision',
      ...{ provisionId, organizationId, workspaceId, integrationId, limits, models, existing },
      seed: this.ids.derive('seed', organizationId, metadata.requestId),
    } as const;
    await this.naming.prepare(metadata, { organizationId, workspaceId, provisionId, integrationId });
    await this.consents.within({ kind: 'judged' }, () =>
      this.provisions.record(provisionId, command, { metadata }),
    );
    return changeBy(metadata.requestId, await this.provisions.recorded(provisionId));
  }
}

/** The store is away, or another was quicker by a moment. */
const mayYetSucceed = ({ code, reason }: AppError): boolean =>
  code === 'UNAVAILABLE' || (code === 'CONFLICT' && reason !== 'PROVISION_SLUG_TAKEN');

/** Read from the log, so that a repetition tells what the first time did. */
const changeBy = (requestId: string, recorded: readonly RecordedEvent[]) => {
  const own = recorded.filter(({ metadata }) => metadata.requestId === requestId);
  if (own.length === 0) return 'unchanged';
  return own.some(({ revision }) => revision === 0n) ? 'made' : 'changed';
};

/** Of what a bulk provision brings about. */
export const metadataOf = (
  { organizationId, reason, correlationId, causationId }: OpenBulk,
  command: string,
  requestId: string,
): EventMetadata => ownMetadata({ organizationId, command, requestId, reason, correlationId, causationId });
