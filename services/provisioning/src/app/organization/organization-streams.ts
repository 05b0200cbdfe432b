import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { EventStore } from '@gatehouse/event-store';
import { Ids } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { OrganizationState } from '../../domain/organization/organization';
import {
  type OrganizationCommand,
  organizationDecider,
} from '../../domain/organization/organization.decider';
import type { OrganizationEvent } from '../../domain/organization/organization.events';
import { organizationLetsMore } from '../../domain/organization/organization-lets-more';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class OrganizationStreams extends GuardedStreams<
  OrganizationCommand,
  OrganizationState,
  OrganizationEvent
> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    super(store, 'organization-', { decider: organizationDecider, codec: codecs.organization }, ids, {
      approvals,
      letsMore: organizationLetsMore,
    });
  }
}
