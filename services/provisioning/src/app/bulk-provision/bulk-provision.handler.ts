import { EventStore, type EventMetadata, type Position } from '@gatehouse/event-store';
import {
  AppError,
  type BulkId,
  bulkId,
  Clock,
  Ids,
  type IntegrationId,
  type LimitSpec,
  type ModelAccess,
  type OrganizationId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { BulkScope } from '../../domain/bulk-provision/bulk-provision.events';
import type { Answered } from '../answered';
import { ROLLOUTS } from '../auto-provision/auto-provision.ports';
import { liveIntegration } from '../provision/live-integration';
import { Integrations } from '../provision/provision.ports';
import { BulkProvisionStreams } from './bulk-provision-streams';
import { BulkProvisions } from './bulk-provision.ports';
import type { BulkView } from './bulk-provision.view';

export interface WantedBulk {
  readonly integrationId: IntegrationId;
  readonly scope: BulkScope;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  readonly existing: 'keep' | 'override';
  readonly expiresAt: Date | undefined;
  /** True when the caller says that the integration exists, and where: it is then waited for. */
  readonly awaitIntegration: boolean;
}

export class BulkProvisionCommand extends Command<Answered<BulkView>> {
  constructor(
    readonly metadata: EventMetadata,
    readonly wanted: WantedBulk,
  ) {
    super();
  }
}

/** Checks the whole and records it: `BulkProvisionProcess` carries it out. */
@CommandHandler(BulkProvisionCommand)
export class BulkProvisionHandler implements ICommandHandler<BulkProvisionCommand> {
  constructor(
    private readonly streams: BulkProvisionStreams,
    private readonly bulks: BulkProvisions,
    private readonly integrations: Integrations,
    private readonly projections: Projections,
    private readonly store: EventStore,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, wanted }: BulkProvisionCommand): Promise<Answered<BulkView>> {
    const { organizationId, requestId } = metadata;
    const id = bulkId(this.ids.derive('blk', organizationId, requestId));
    // A repetition is answered as the first was, also when a workspace or the integration has gone since.
    const made = await this.streams.find(id);
    const position = made ? await this.firstPositionOf(id) : await this.request(metadata, id, wanted);
    return { view: await this.viewOf(organizationId, id, position), position };
  }

  private async request(metadata: EventMetadata, id: BulkId, wanted: WantedBulk): Promise<Position> {
    const { organizationId } = metadata;
    const { awaitIntegration, ...fields } = wanted;
    const { integrationId, models, scope } = fields;
    const { ownerWorkspaceId } = await liveIntegration(this.integrations, this.clock, {
      organizationId,
      integrationId,
      awaitIntegration,
    });
    if (ownerWorkspaceId !== '') throw new AppError('REFUSED', 'INTEGRATION_OF_A_WORKSPACE');
    const names = models.all ? [] : models.names;
    const offered = await this.integrations.offeredAmong(organizationId, integrationId, names);
    const known = await this.knownIn(organizationId, scope);
    const command = {
      type: 'RequestBulkProvision',
      bulkId: id,
      organizationId,
      ...fields,
      known,
      offered,
      at: this.clock.now(),
    } as const;
    return (await this.streams.decide(id, command, { metadata })).position;
  }

  /** By the projection, once it has seen the log as it is now: a workspace that was just created counts. */
  private async knownIn(organizationId: OrganizationId, scope: BulkScope): Promise<ReadonlySet<WorkspaceId>> {
    if (scope.kind !== 'named') return new Set();
    await this.projections.waitFor(ROLLOUTS, String(await this.store.head()));
    return this.bulks.knownAmong(organizationId, scope.workspaceIds);
  }

  private async firstPositionOf(id: BulkId): Promise<Position> {
    const [first] = await this.streams.recorded(id);
    if (!first) throw new Error(`${id} has no events`);
    return first.position;
  }

  /** How many workspaces it is for is for the projection to tell. */
  private async viewOf(organizationId: OrganizationId, id: BulkId, position: Position): Promise<BulkView> {
    await this.projections.waitFor(ROLLOUTS, String(position));
    const view = await this.bulks.find(organizationId, id);
    if (!view) throw new AppError('NOT_FOUND', 'BULK_UNKNOWN');
    return view;
  }
}
