import { type EventMetadata, EventStore, Streams } from '@gatehouse/event-store';
import { AppError, deriveId, Ids, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ReserveWorkspaceSlug } from '../../domain/workspace-slug/reserve-workspace-slug';
import { slugsFromName, type WorkspaceSlug } from '../../domain/workspace-slug/workspace-slug';
import type { WorkspaceSlugReservation } from '../../domain/workspace-slug/workspace-slug-reservation';
import { workspaceSlugDecider } from '../../domain/workspace-slug/workspace-slug-reservation.decider';
import type { WorkspaceSlugEvent } from '../../domain/workspace-slug/workspace-slug.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class WorkspaceSlugStreams extends Streams<
  ReserveWorkspaceSlug,
  WorkspaceSlugReservation,
  WorkspaceSlugEvent
> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'workspaceslug-', { decider: workspaceSlugDecider, codec: codecs.workspaceSlug }, ids);
  }

  /** CONFLICT `WORKSPACE_SLUG_TAKEN` where another workspace has it. */
  async reserve(metadata: EventMetadata, workspaceId: WorkspaceId, slug: WorkspaceSlug): Promise<void> {
    const { organizationId } = metadata;
    const command = { type: 'ReserveWorkspaceSlug', organizationId, slug, workspaceId } as const;
    await this.decide(workspaceSlugKey(organizationId, slug), command, { metadata });
  }

  /** One that is made from the name: the same however often it is asked for, since no slug is ever released. */
  async mint(metadata: EventMetadata, workspaceId: WorkspaceId, name: string): Promise<WorkspaceSlug> {
    for (const slug of slugsFromName(name, workspaceId)) {
      try {
        await this.reserve(metadata, workspaceId, slug);
        return slug;
      } catch (error) {
        if (!(error instanceof AppError && error.reason === 'WORKSPACE_SLUG_TAKEN')) throw error;
      }
    }
    throw new AppError('CONFLICT', 'WORKSPACE_SLUG_TAKEN');
  }

  /** CONFLICT `WORKSPACE_SLUG_TAKEN` where another workspace has it; nothing is reserved. */
  async refuseTaken(
    organizationId: OrganizationId,
    slug: WorkspaceSlug,
    workspaceId: WorkspaceId,
  ): Promise<void> {
    const known = await this.find(workspaceSlugKey(organizationId, slug));
    if (known?.state.status === 'reserved' && known.state.workspaceId !== workspaceId) {
      throw new AppError('CONFLICT', 'WORKSPACE_SLUG_TAKEN');
    }
  }
}

const workspaceSlugKey = (organizationId: OrganizationId, slug: WorkspaceSlug): string =>
  deriveId('slug', organizationId, slug).slice('slug_'.length);
