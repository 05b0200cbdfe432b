import { EventStore, Streams } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import {
  type OrganizationCommand,
  organizationDecider,
  type OrganizationState,
} from '../../domain/organization/organization';
import type { OrganizationEvent } from '../../domain/organization/organization.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class OrganizationStreams extends Streams<OrganizationCommand, OrganizationState, OrganizationEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'organization-', { decider: organizationDecider, codec: codecs.organization }, ids);
  }
}
