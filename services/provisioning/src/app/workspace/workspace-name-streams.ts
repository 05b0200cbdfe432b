import { EventStore } from '@gatehouse/event-store';
import { deriveId, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import {
  type WorkspaceNameCommand,
  workspaceNameDecider,
  type WorkspaceNameState,
} from '../../domain/workspace-name/workspace-name';
import type { WorkspaceNameEvent } from '../../domain/workspace-name/workspace-name.events';
import { EventCodecs } from '../event-codecs';
import { Streams } from '../streams';

@Injectable()
export class WorkspaceNameStreams extends Streams<
  WorkspaceNameCommand,
  WorkspaceNameState,
  WorkspaceNameEvent
> {
  constructor(store: EventStore, codecs: EventCodecs) {
    super(store, 'workspacename-', { decider: workspaceNameDecider, codec: codecs.workspaceName });
  }
}

/** What a name's stream is called by: a hash, since names are anything and stream names are not. */
export const workspaceNameKey = (organizationId: OrganizationId, name: string): string =>
  deriveId('name', organizationId, name).slice('name_'.length);
