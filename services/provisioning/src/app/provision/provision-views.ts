import type { Recorded } from '@gatehouse/event-store';
import { Injectable } from '@nestjs/common';
import type { ProvisionState } from '../../domain/provision/provision';
import { Integrations } from './provision.ports';
import { type ProvisionView, provisionView } from './provision.view';
import { ProvisionNaming } from './provision-naming';

/** Tells what a provision is, with what it is called. */
@Injectable()
export class ProvisionViews {
  constructor(
    private readonly naming: ProvisionNaming,
    private readonly integrations: Integrations,
  ) {}

  async of(recorded: Recorded<ProvisionState>): Promise<ProvisionView> {
    const { state } = recorded;
    if (state.status === 'absent') throw new Error('a provision without its creation');
    const { organizationId, workspaceId, provisionId, integrationId } = state;
    const own = await this.naming.ownOf(workspaceId, provisionId);
    const integration = await this.integrations.find(organizationId, integrationId);
    return provisionView(recorded, {
      slug: own.slug ?? integration?.slug ?? '',
      name: own.name ?? integration?.name ?? '',
      provider: integration?.provider ?? '',
    });
  }
}
