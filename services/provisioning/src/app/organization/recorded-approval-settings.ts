import { ApprovalSettings } from '@gatehouse/approval';
import { EventStore, readState } from '@gatehouse/event-store';
import type { OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { organizationDecider } from '../../domain/organization/organization.decider';
import { EventCodecs } from '../event-codecs.ports';

/** As the log has it at this moment: no projection has to be right for a change to be refused. */
@Injectable()
export class RecordedApprovalSettings extends ApprovalSettings {
  constructor(
    private readonly store: EventStore,
    private readonly codecs: EventCodecs,
  ) {
    super();
  }

  async requiredBy(organizationId: OrganizationId): Promise<boolean> {
    const aggregate = { decider: organizationDecider, codec: this.codecs.organization };
    const { state } = await readState(this.store, `organization-${organizationId}`, aggregate);
    return state.status === 'created' && state.approvalRequired;
  }
}
