import {
  Clock,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { slugOf } from '../../domain/access/access-facts';
import { againAt, type ApplyingLimit, exhaustedAt } from '../../domain/access/applying-limit';
import { availableNames } from '../../domain/access/available-names';
import { closedBy } from '../../domain/access/explain-route';
import { Directory } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import { type NamedProvider, ToldProviders } from './access.ports';
import { ApplyingLimits, visibleLimits } from './applying-limits';
import { contains, pageOfTexts } from './page-of-texts';

export type AiProviderStatus = 'active' | 'exhausted' | 'disabled' | 'expired';

export interface AiProvider {
  readonly provider: NamedProvider;
  /** How many of its models are known by name. */
  readonly modelCount: number;
  readonly status: AiProviderStatus;
  /** Those that the caller may see. */
  readonly limits: readonly ApplyingLimit[];
  /** When an exhausted one can be called again; absent where no limit starts anew. */
  readonly resetsAt?: Date;
}

export class ListAiProvidersQuery extends Query<CountedPage<AiProvider, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly workspaceId: WorkspaceId,
    readonly search: string | undefined,
    readonly page: PageRequest<KeyedPlace>,
    readonly seesOrganization: boolean,
  ) {
    super();
  }
}

@QueryHandler(ListAiProvidersQuery)
export class ListAiProvidersHandler implements IQueryHandler<ListAiProvidersQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly providers: ToldProviders,
    private readonly applying: ApplyingLimits,
    private readonly clock: Clock,
  ) {}

  async execute(query: ListAiProvidersQuery): Promise<CountedPage<AiProvider, KeyedPlace>> {
    const { organizationId, workspaceId, search, page, seesOrganization } = query;
    await knownWorkspace(this.directory, organizationId, workspaceId);
    const all = await this.providers.ofWorkspace(organizationId, workspaceId);
    const wanted = all.filter((provider) => contains(slugOf(provider), search));
    const found = await pageOfTexts(wanted, slugOf, page);
    const limits = await this.applying.of(organizationId, { workspaceId, providers: found.items });
    const now = this.clock.now();
    const items = found.items.map((provider) => {
      const { limits: applying, ...seen } = seenProvider(provider, limits, now);
      return { ...seen, limits: visibleLimits(applying, seesOrganization) };
    });
    return { ...found, items };
  }
}

const seenProvider = (provider: NamedProvider, limits: readonly ApplyingLimit[], now: Date): AiProvider => {
  const applying = limits.filter((limit) => applies(limit, provider));
  const exhausted = exhaustedAt(applying, now);
  const status = statusOf(provider, exhausted, now);
  const resetsAt = status === 'exhausted' ? againAt(exhausted) : undefined;
  return {
    provider,
    modelCount: availableNames(provider).length,
    status,
    limits: applying,
    ...(resetsAt && { resetsAt }),
  };
};

const applies = ({ scope }: ApplyingLimit, { provision, integration }: NamedProvider): boolean => {
  switch (scope.kind) {
    case 'provision':
      return scope.id === provision.id;
    case 'integration':
      return scope.id === integration.id;
    case 'workspace':
    case 'organization':
      return true;
    case 'apiKey':
    case 'workspaceKey':
      return false;
  }
};

const statusOf = (
  provider: NamedProvider,
  exhausted: readonly ApplyingLimit[],
  now: Date,
): AiProviderStatus => {
  switch (closedBy(provider, now)) {
    case 'provisionDisabled':
    case 'integrationDisabled':
      return 'disabled';
    case 'provisionExpired':
      return 'expired';
    case undefined:
      return exhausted.length > 0 ? 'exhausted' : 'active';
  }
};
