import type { PreviewedChange } from '@gatehouse/approval';
import { type EventIn, eventIn } from '@gatehouse/events';
import type { Promised } from '@gatehouse/grpc';
import { apiKeyId, deriveId, type LimitId, type OrganizationId, type ProvisionId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { type eventsV1, meteringV1, provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  type ChangedScopes,
  type ReplayedLimit,
  type ReplayedModels,
  type ReplayedUsage,
  type ReplayedWorkspaces,
  type ToldPart,
  UsageReplays,
} from '../../app/preview/preview.ports';
import { fromProtoRecordedLimits } from '../events/recorded-limits';

/** Metering replays usage. One that does not answer leaves it unknown, and fails no preview. */
export class GrpcUsageReplays extends UsageReplays implements OnApplicationShutdown {
  constructor(
    private readonly usage: Pick<Promised<meteringV1.UsageServiceClient>, 'replayUsage' | 'close'>,
    private readonly scopes: ChangedScopes,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.usage.close();
  }

  async of(
    organizationId: OrganizationId,
    events: PreviewedChange['events'],
    told: ToldPart,
  ): Promise<ReplayedUsage | 'unknown' | undefined> {
    const changes = changesIn(events);
    if (changes.length === 0) return undefined;
    return this.unlessUnknown(async () => {
      const asked = await Promise.all(
        changes.map((change) => change({ organizationId, scopes: this.scopes, told })),
      );
      // Events of one change are about one thing.
      const all = asked.flatMap((one) => one ?? []);
      return all.length === 0 ? undefined : this.replayed(organizationId, Object.assign({}, ...all));
    });
  }

  async ofOffered(
    organizationId: OrganizationId,
    { integrationId, models, told }: Parameters<UsageReplays['ofOffered']>[1],
  ): Promise<ReplayedModels | 'unknown'> {
    const names = { names: [...models.names] };
    const rule = models.kind === 'only' ? { models: names } : { withoutModels: names };
    const eachWorkspace = { workspaceIds: [], ...told };
    return this.unlessUnknown(async () => {
      const asked = { integrationId, eachWorkspace, ...rule };
      return (await this.replayed(organizationId, asked)).models ?? 'unknown';
    });
  }

  private async unlessUnknown<Known>(ask: () => Promise<Known>): Promise<Known | 'unknown'> {
    try {
      return await ask();
    } catch (error) {
      this.log.warn({ err: error }, 'metering does not say how usage would have fared');
      return 'unknown';
    }
  }

  private async replayed(
    organizationId: OrganizationId,
    { modelsOfKey, ...asked }: Asked,
  ): Promise<ReplayedUsage> {
    const request = meteringV1.ReplayUsageRequest.fromPartial({
      ...{ organizationId, ...asked },
      limits: asked.limits?.map(withIdentity),
      modelsByProvision: modelsOfKey && toProtoModelsByProvision(modelsOfKey),
    });
    const { replay } = await this.usage.replayUsage(request);
    if (!replay) throw new Error('nothing was replayed');
    const told = fromProtoReplay(replay, modelsOfKey?.provisions ?? new Map());
    const ids = [told.models, ...told.limits].flatMap((one) =>
      (one?.workspaces?.workspaces ?? []).map(({ workspaceId }) => workspaceId),
    );
    const names = ids.length > 0 ? await this.scopes.workspaceNames(organizationId, ids) : new Map();
    return {
      limits: told.limits.map((limit, index) => ({
        ...withNames(limit, names),
        // As it was asked about: without an identity.
        ...(asked.limits?.[index]?.id === '' && { limit: { ...limit.limit, id: '' as LimitId } }),
      })),
      ...(told.models && { models: withNames(told.models, names) }),
    };
  }
}

/** Where metering has no address, nobody knows. */
export class UnknownUsageReplays extends UsageReplays {
  async of(
    _organizationId: OrganizationId,
    events: PreviewedChange['events'],
  ): Promise<'unknown' | undefined> {
    return changesIn(events).length > 0 ? 'unknown' : undefined;
  }

  async ofOffered(): Promise<'unknown'> {
    return 'unknown';
  }
}

/** A key's models, as it names them, and what its workspace calls its provisions. */
interface ModelsOfKey {
  readonly names: readonly string[];
  readonly provisions: ReadonlyMap<string, ProvisionId>;
}

type Asked = Partial<Omit<meteringV1.ReplayUsageRequest, 'organizationId' | 'modelsByProvision'>> & {
  readonly modelsOfKey?: ModelsOfKey;
};

interface Asking {
  readonly organizationId: OrganizationId;
  readonly scopes: ChangedScopes;
  readonly told: ToldPart;
}

/** What is to be asked about a change; undefined: it is about nobody. */
type Change = (asking: Asking) => Asked | undefined | Promise<Asked | undefined>;

const PREFIXES = [
  ...['provision-', 'workspace-', 'organization-', 'integrationlimits-', 'apikey-'],
  ...['bulk-', 'autoprovision-'],
] as const;
type Event = EventIn<(typeof PREFIXES)[number]>;

/**
 * Whose usage a change would have touched, and by what. Where a workspace has no provision yet, what it called of the integration
 * is that of none, or of one before.
 */
const ASKED: {
  readonly [Type in Event['type']]?: (
    data: Extract<Event, { readonly type: Type }>['data'],
    asking: Asking,
  ) => ReturnType<Change>;
} = {
  IntegrationProvisioned: ({ workspaceId, integrationId, limits, models }) => ({
    ...{ workspaceId, integrationId, limits },
    ...onlyModels(models),
  }),
  ProvisionLimitsChanged: ({ provisionId, limits }) => ({ provisionId, limits }),
  ProvisionLimitRaised: ({ provisionId, limits }) => ({ provisionId, limits }),
  ModelsAllowed: ({ provisionId, models }) => ({ provisionId, ...onlyModels(models) }),
  WorkspaceLimitsChanged: ({ workspaceId, limits }) => ({ workspaceId, limits }),
  WorkspaceKeyLimitsChanged: ({ workspaceId, limits }) => ({ workspaceId, limits, eachKey: true }),
  OrganizationLimitsChanged: ({ limits }) => ({ limits }),
  IntegrationLimitsChanged: ({ integrationId, limits }) => ({ integrationId, limits }),
  ApiKeyLimitsChanged: ({ apiKeyId, limits }) => ({ apiKeyId, limits }),
  ApiKeyModelsChanged: async ({ apiKeyId: id, models }, { organizationId, scopes }) => {
    if (!models || models.all) return { apiKeyId: id };
    const provisions = await scopes.provisionsOfKey(organizationId, apiKeyId(id));
    return { apiKeyId: id, modelsOfKey: { names: models.names, provisions } };
  },
  BulkProvisionRequested: async (bulk, asking) => {
    const workspaceIds = await reachedBy(bulk, asking);
    // None named is all of them.
    if (workspaceIds.length === 0 && !(bulk.allWorkspaces && overrides(bulk))) return undefined;
    return givenToEach(bulk, workspaceIds, asking);
  },
  AutoProvisionPolicySet: (policy, asking) => givenToEach(policy, [], asking),
};

type Given = Pick<eventsV1.AutoProvisionPolicySet, 'integrationId' | 'limits' | 'models'>;

const givenToEach = (
  { integrationId, limits, models }: Given,
  workspaceIds: readonly string[],
  { told }: Asking,
): Asked => ({
  ...{ integrationId, limits, ...onlyModels(models) },
  eachWorkspace: { workspaceIds: [...workspaceIds], ...told },
});

const overrides = ({ existing }: Pick<eventsV1.BulkProvisionRequested, 'existing'>): boolean =>
  existing === provisioningV1.ExistingProvisions.OVERRIDE;

/** Those that would get something; none where it is all of them. */
const reachedBy = async (
  bulk: eventsV1.BulkProvisionRequested,
  { organizationId, scopes }: Asking,
): Promise<readonly string[]> => {
  const { integrationId, workspaceIds, allWorkspaces } = bulk;
  return overrides(bulk)
    ? workspaceIds
    : scopes.lacking(organizationId, integrationId, allWorkspaces ? 'all' : workspaceIds);
};

const onlyModels = (models: provisioningV1.ModelAccess | undefined): Pick<Asked, 'models'> =>
  models && !models.all ? { models: { names: models.names } } : {};

const changesIn = (events: PreviewedChange['events']): readonly Change[] =>
  events.flatMap((stored): Change[] => {
    const event = eventIn(PREFIXES, stored);
    const read =
      event && (ASKED[event.type] as ((data: object, asking: Asking) => ReturnType<Change>) | undefined);
    return event && read ? [(asking) => read(event.data, asking)] : [];
  });

/** What is given to many has its identity with each of them. */
const withIdentity = (limit: typeV1.Limit, index: number): typeV1.Limit =>
  limit.id === '' ? { ...limit, id: deriveId('lim', String(index)) } : limit;

const ADDRESS = /^@(?<slug>[^/]+)\/(?<model>.+)$/;

/** What is called by no provision of the workspace is called by none. */
const toProtoModelsByProvision = ({ names, provisions }: ModelsOfKey): meteringV1.ModelsByProvision => {
  const models = new Map<string, string[]>();
  for (const name of names) {
    const { slug = '', model = '' } = ADDRESS.exec(name)?.groups ?? {};
    const provisionId = provisions.get(slug);
    if (provisionId) models.set(provisionId, [...(models.get(provisionId) ?? []), model]);
  }
  return {
    provisions: [...models].map(([provisionId, ofProvision]) => ({ provisionId, names: ofProvision })),
  };
};

const withNames = <Replayed extends { readonly workspaces?: ReplayedWorkspaces }>(
  replayed: Replayed,
  names: ReadonlyMap<string, string>,
): Replayed => {
  const { workspaces } = replayed;
  if (!workspaces) return replayed;
  const named = workspaces.workspaces.map((one) => ({
    ...one,
    workspaceName: names.get(one.workspaceId) ?? '',
  }));
  return { ...replayed, workspaces: { ...workspaces, workspaces: named } };
};

const fromProtoReplay = (
  { limits, models }: typeV1.UsageReplay,
  provisions: ReadonlyMap<string, ProvisionId>,
): ReplayedUsage => ({
  limits: limits.map(fromProtoReplayedLimit),
  ...(models && { models: fromProtoReplayedModels(models, provisions) }),
});

/** @param provisions of a key, by their slugs; empty where models are not a key's. */
const fromProtoReplayedModels = (
  { workspaces, ...models }: typeV1.ModelsReplay,
  provisions: ReadonlyMap<string, ProvisionId>,
): ReplayedModels => {
  const slugs = new Map([...provisions].map(([slug, id]) => [id as string, slug]));
  return {
    ...{ ...models, ...stretchOf(models) },
    models: models.models.map((one) => ({
      ...one,
      // What was deleted since is called by its id.
      model:
        one.provisionId === '' ? one.model : `@${slugs.get(one.provisionId) ?? one.provisionId}/${one.model}`,
    })),
    ...(workspaces && { workspaces: fromProtoReplayedWorkspaces(workspaces) }),
  };
};

const fromProtoReplayedWorkspaces = (workspaces: typeV1.WorkspacesReplay): ReplayedWorkspaces => ({
  ...workspaces,
  workspaces: workspaces.workspaces.map(fromProtoFared),
});

const fromProtoReplayedLimit = (replay: typeV1.LimitReplay): ReplayedLimit => {
  const [limit] = fromProtoRecordedLimits(replay.limit ? [replay.limit] : []);
  if (!limit) throw new Error('a limit that was replayed is not named');
  const { spent, ranOutAfter, ranOutBefore } = replay;
  const { requests, refusedMin, refusedMax, unknownRequests } = replay;
  return {
    ...{ limit, ...stretchOf(replay), requests, refusedMin, refusedMax, unknownRequests },
    ...(spent !== undefined && { spent }),
    ...(ranOutAfter && ranOutBefore && { ranOut: { from: ranOutAfter, until: ranOutBefore } }),
    ...(replay.keys && { keys: { ...replay.keys, keys: replay.keys.keys.map(fromProtoFared) } }),
    ...(replay.workspaces && { workspaces: fromProtoReplayedWorkspaces(replay.workspaces) }),
  };
};

/** Of one key or workspace of many. */
const fromProtoFared = <One extends Pick<typeV1.KeyReplay, 'spent' | 'ranOutAfter' | 'ranOutBefore'>>({
  spent,
  ranOutAfter,
  ranOutBefore,
  ...one
}: One) => ({
  ...one,
  ...(spent !== undefined && { spent }),
  ...(ranOutAfter && ranOutBefore && { ranOut: { from: ranOutAfter, until: ranOutBefore } }),
});

const stretchOf = ({ from, until }: Pick<typeV1.LimitReplay, 'from' | 'until'>) => {
  if (!from || !until) throw new Error('a replay without its period');
  return { from, until };
};
