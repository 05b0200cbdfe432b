import {
  type ApiKeyId,
  keyLimitIdOf,
  type Limit,
  type OrganizationId,
  type ScopeKind,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ToldProvider } from '../../domain/access/access-facts';
import type { ApplyingLimit } from '../../domain/access/applying-limit';
import { ApiKeyStreams } from '../api-key/api-key-streams';
import { Directory } from '../directory.ports';
import { IntegrationLimitsStreams } from '../limit/integration-limits-streams';
import { OrganizationStreams } from '../organization/organization-streams';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { LimitStandings } from './access.ports';

/** Who would call, and through what. */
export interface LimitedCall {
  readonly workspaceId: WorkspaceId;
  readonly apiKeyId?: ApiKeyId | undefined;
  readonly providers: readonly Pick<ToldProvider, 'integration' | 'provision'>[];
}

/** The limits that would have to admit a call: as provisioning has set them, and where metering says that they stand. */
@Injectable()
export class ApplyingLimits {
  constructor(
    private readonly directory: Directory,
    private readonly organizations: OrganizationStreams,
    private readonly integrationLimits: IntegrationLimitsStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly apiKeys: ApiKeyStreams,
    private readonly standings: LimitStandings,
  ) {}

  /** Of all the providers together. Those of a scope are told from others' by its id. */
  async of(organizationId: OrganizationId, call: LimitedCall): Promise<readonly ApplyingLimit[]> {
    const set = (await Promise.all(this.setFor(organizationId, call))).flat();
    if (set.length === 0) return [];
    const scopeIds = [...new Set(set.map(({ scope }) => scope.id))];
    const standings = await this.standings.of(organizationId, scopeIds);
    return set.map((applying) => {
      const standing = standings.get(applying.limit.id);
      return { ...applying, ...(standing && { standing }) };
    });
  }

  private setFor(
    organizationId: OrganizationId,
    { workspaceId, apiKeyId, providers }: LimitedCall,
  ): Promise<readonly ApplyingLimit[]>[] {
    return [
      ...providers.map(({ provision }) => this.ofProvision(organizationId, provision.id)),
      this.ofWorkspace(organizationId, workspaceId, apiKeyId),
      ...(apiKeyId ? [this.ofKey(apiKeyId)] : []),
      ...providers.map(({ integration }) => this.ofIntegration(integration.id)),
      this.ofOrganization(organizationId),
    ];
  }

  private async ofProvision(organizationId: OrganizationId, id: ToldProvider['provision']['id']) {
    const view = await this.directory.provision(organizationId, id);
    return heldBy('provision', id, view?.limits ?? []);
  }

  private async ofWorkspace(organizationId: OrganizationId, id: WorkspaceId, apiKeyId: ApiKeyId | undefined) {
    const { state } = await this.workspaces.owned(organizationId, id);
    const derived = apiKeyId
      ? state.keyLimits.map((limit) => ({ ...limit, id: keyLimitIdOf(limit.id, apiKeyId) }))
      : [];
    return [...heldBy('workspace', id, state.limits), ...heldBy('workspaceKey', apiKeyId ?? '', derived)];
  }

  private async ofKey(id: ApiKeyId) {
    const recorded = await this.apiKeys.find(id);
    return recorded && recorded.state.status !== 'absent' ? heldBy('apiKey', id, recorded.state.limits) : [];
  }

  private async ofIntegration(id: ToldProvider['integration']['id']) {
    const recorded = await this.integrationLimits.find(id);
    return heldBy('integration', id, recorded?.state.limits ?? []);
  }

  private async ofOrganization(id: OrganizationId) {
    const recorded = await this.organizations.find(id);
    return recorded?.state.status === 'created' ? heldBy('organization', id, recorded.state.limits) : [];
  }
}

const heldBy = (kind: ScopeKind, id: string, limits: readonly Limit[]): readonly ApplyingLimit[] =>
  limits.map((limit) => ({ scope: { kind, id }, limit }));

/** What a caller may see of them: who sees one workspace alone learns nothing of what others spend. */
export const visibleLimits = (
  limits: readonly ApplyingLimit[],
  seesOrganization: boolean,
): readonly ApplyingLimit[] =>
  seesOrganization
    ? limits
    : limits.filter(({ scope }) => scope.kind !== 'integration' && scope.kind !== 'organization');
