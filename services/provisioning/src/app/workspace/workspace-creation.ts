import { type Answer, EventStore } from '@gatehouse/event-store';
import type { OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { WorkspaceState } from '../../domain/workspace/workspace';
import { EventCodecs } from '../event-codecs.ports';
import { workspaceNameKey } from './workspace-name-streams';
import { WorkspaceStreams } from './workspace-streams';

/**
 * The second step of a workspace's creation, from nothing but the reservation of its name: whoever takes it, and how
 * often, appends the same event with the same id.
 */
@Injectable()
export class WorkspaceCreation {
  constructor(
    private readonly store: EventStore,
    private readonly codecs: EventCodecs,
    private readonly workspaces: WorkspaceStreams,
  ) {}

  async finish(organizationId: OrganizationId, name: string): Promise<Answer<WorkspaceState>> {
    const stream = `workspacename-${workspaceNameKey(organizationId, name)}`;
    const [reservation] = await this.store.read(stream, { limit: 1 });
    if (!reservation) throw new Error(`${stream} holds no reservation`);
    const { workspaceId, limits } = this.codecs.workspaceName.decode(reservation);
    const create = { type: 'CreateWorkspace', workspaceId, organizationId, name, limits } as const;
    const metadata = { ...reservation.metadata, causationId: reservation.id };
    return this.workspaces.decide(workspaceId, create, { metadata });
  }
}
