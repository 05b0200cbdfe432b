import { Clock, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { Dependents } from '../../domain/integration/delete-integration';
import { CallCounts, ProvisionDirectory } from './integration.ports';

const SIX_DAYS_MS = 6 * 86_400_000;

/** Finds what depends on an integration: provisioning's part from its events, metering's by asking. */
@Injectable()
export class IntegrationDependents {
  constructor(
    private readonly provisions: ProvisionDirectory,
    private readonly calls: CallCounts,
    private readonly clock: Clock,
  ) {}

  async of(organizationId: OrganizationId, id: IntegrationId): Promise<Dependents> {
    const { provisionIds, apiKeys } = await this.provisions.of(organizationId, id);
    // What nobody has, nobody calls: so one that never came into use is deleted without asking metering.
    if (provisionIds.length === 0) return { workspaces: 0, apiKeys: 0, callsLast7Days: 0n };
    const since = new Date(this.clock.now().getTime() - SIX_DAYS_MS).toISOString().slice(0, 10);
    const callsLast7Days = await this.calls.since(since, organizationId, provisionIds);
    return { workspaces: provisionIds.length, apiKeys, callsLast7Days };
  }
}
