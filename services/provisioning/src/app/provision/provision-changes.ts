import type { EventMetadata, Revision } from '@gatehouse/event-store';
import type { ProvisionId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ProvisionCommand } from '../../domain/provision/provision.decider';
import type { Answered } from '../answered';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { ProvisionStreams } from './provision-streams';
import type { ProvisionView } from './provision.view';
import { ProvisionViews } from './provision-views';

/** Which provision a command is about, and on what conditions. */
export interface ProvisionTarget {
  readonly metadata: EventMetadata;
  readonly provisionId: ProvisionId;
  readonly expectedRevision: Revision | undefined;
}

/** What every change of an existing provision has in common. */
@Injectable()
export class ProvisionChanges {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly views: ProvisionViews,
  ) {}

  /** REFUSED `WORKSPACE_ARCHIVED`, but for what lets less in any case: disabling it. */
  async apply(
    { metadata, provisionId, expectedRevision }: ProvisionTarget,
    command: ProvisionCommand,
  ): Promise<Answered<ProvisionView>> {
    const { organizationId } = metadata;
    // Before revisions and request ids are compared: another organization must not learn that it exists.
    const { workspaceId } = await this.provisions.owned(organizationId, provisionId);
    if (command.type !== 'DisableProvision') await this.workspaces.active(organizationId, workspaceId);
    const answer = await this.provisions.decide(provisionId, command, { metadata, expectedRevision });
    return { view: await this.views.of(answer), position: answer.position };
  }
}
