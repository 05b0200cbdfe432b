import { EventStore, Streams } from '@gatehouse/event-store';
import { deriveId, Ids, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { WorkspaceNameState } from '../../domain/workspace-name/workspace-name';
import {
  type WorkspaceNameCommand,
  workspaceNameDecider,
} from '../../domain/workspace-name/workspace-name.decider';
import type { WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class WorkspaceNameStreams extends Streams<
  WorkspaceNameCommand,
  WorkspaceNameState,
  WorkspaceNameEvent
> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'workspacename-', { decider: workspaceNameDecider, codec: codecs.workspaceName }, ids);
  }
}

/**
 * What a name's stream is called by: a hash, since names are anything and stream names are not. Not a keyed one: names that
 * were reserved before there was a key must be found.
 */
export const workspaceNameKey = (organizationId: OrganizationId, name: string): string =>
  deriveId('name', organizationId, name).slice('name_'.length);
