import { Approvals } from '@gatehouse/approval';
import {
  AppError,
  Clock,
  type IntegrationId,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import {
  type ChangeEffect,
  effectOn,
  type IntegrationChange,
} from '../../domain/provision/integration-change';
import { Directory, DIRECTORY } from '../directory.ports';
import { Integrations } from '../provision/provision.ports';
import type { ProvisionView } from '../provision/provision.view';
import { Callers, type CallingWorkspace } from './preview.ports';

export interface HitProvision {
  readonly provision: ProvisionView;
  readonly workspace: CallingWorkspace;
  readonly effect: ChangeEffect;
}

export interface IntegrationPreview {
  readonly hits: readonly HitProvision[];
  readonly next: KeyedPlace | undefined;
  readonly totalSize: number;
  /** It would become a proposal. */
  readonly needsApproval: boolean;
}

export class PreviewIntegrationChangeQuery extends Query<IntegrationPreview> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly integrationId: IntegrationId,
    readonly change: IntegrationChange,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

const NOBODY: CallingWorkspace = { name: '', keys: [], keyCount: 0 };

/** NOT_FOUND `INTEGRATION_UNKNOWN`, also for another organization's. */
@QueryHandler(PreviewIntegrationChangeQuery)
export class PreviewIntegrationChangeHandler implements IQueryHandler<PreviewIntegrationChangeQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly integrations: Integrations,
    private readonly callers: Callers,
    private readonly approvals: Approvals,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async execute(query: PreviewIntegrationChangeQuery): Promise<IntegrationPreview> {
    const { organizationId, integrationId, change, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    if (!(await this.integrations.find(organizationId, integrationId)))
      throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    const at = this.clock.now();
    const selection = { ...EVERYTHING, integrationId };
    const { items, next, totalSize } = await this.directory.provisions(organizationId, selection, page);
    const callers = await this.callers.of(organizationId, items, at);
    const hits = items.map((provision) => ({
      provision,
      workspace: callers.get(provision.workspaceId) ?? NOBODY,
      effect: effectOn(provision, change, at),
    }));
    // Rotating is more by being asked for; disabling and deleting let less.
    const needsApproval = change === 'rotate' && (await this.approvals.requiredBy(organizationId));
    return { hits, next, totalSize, needsApproval };
  }
}

/** Archived workspaces call nothing. */
const EVERYTHING = {
  workspaceId: undefined,
  workspaceIds: [],
  includeArchived: false,
  enabled: undefined,
  slug: undefined,
  search: undefined,
  order: { by: 'created_at', descending: false },
} as const;
