import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { EventStore } from '@gatehouse/event-store';
import { AppError, Ids, type OrganizationId, type ProvisionId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ActiveProvision, ProvisionState } from '../../domain/provision/provision';
import { type ProvisionCommand, provisionDecider } from '../../domain/provision/provision.decider';
import type { ProvisionEvent } from '../../domain/provision/provision.events';
import { provisionLetsMore } from '../../domain/provision/provision-lets-more';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class ProvisionStreams extends GuardedStreams<ProvisionCommand, ProvisionState, ProvisionEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    super(store, 'provision-', { decider: provisionDecider, codec: codecs.provision }, ids, {
      approvals,
      letsMore: provisionLetsMore,
    });
  }

  /** NOT_FOUND `PROVISION_UNKNOWN`, also for another organization's. */
  async owned(organizationId: OrganizationId, id: ProvisionId): Promise<ActiveProvision> {
    const recorded = await this.find(id);
    if (recorded && recorded.state.status !== 'absent' && recorded.state.organizationId === organizationId) {
      return recorded.state;
    }
    throw new AppError('NOT_FOUND', 'PROVISION_UNKNOWN');
  }
}
