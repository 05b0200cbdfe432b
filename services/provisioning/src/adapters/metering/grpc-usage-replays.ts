import type { PreviewedChange } from '@gatehouse/approval';
import { type EventIn, eventIn } from '@gatehouse/events';
import type { Promised } from '@gatehouse/grpc';
import type { OrganizationId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { meteringV1, type provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  type ReplayedKeys,
  type ReplayedLimit,
  type ReplayedUsage,
  UsageReplays,
} from '../../app/preview/preview.ports';
import { fromProtoRecordedLimits } from '../events/recorded-limits';

/** Metering replays usage. One that does not answer leaves it unknown, and fails no preview. */
export class GrpcUsageReplays extends UsageReplays implements OnApplicationShutdown {
  constructor(
    private readonly usage: Pick<Promised<meteringV1.UsageServiceClient>, 'replayUsage' | 'close'>,
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
  ): Promise<ReplayedUsage | 'unknown' | undefined> {
    const asked = askedBy(events);
    if (asked === undefined) return undefined;
    try {
      const request = meteringV1.ReplayUsageRequest.fromPartial({ organizationId, ...asked });
      const { replay } = await this.usage.replayUsage(request);
      return replay ? fromProtoReplay(replay) : 'unknown';
    } catch (error) {
      this.log.warn({ err: error }, 'metering does not say how usage would have fared');
      return 'unknown';
    }
  }
}

/** Where metering has no address, nobody knows. */
export class UnknownUsageReplays extends UsageReplays {
  async of(
    _organizationId: OrganizationId,
    events: PreviewedChange['events'],
  ): Promise<'unknown' | undefined> {
    return askedBy(events) && 'unknown';
  }
}

type Asked = Partial<Omit<meteringV1.ReplayUsageRequest, 'organizationId'>>;

const PREFIXES = ['provision-', 'workspace-', 'organization-', 'integrationlimits-', 'apikey-'] as const;
type Event = EventIn<(typeof PREFIXES)[number]>;

/**
 * Whose usage a change would have touched, and by what. Where a workspace has no provision yet, what it called of the integration
 * is that of none, or of one before. Not of models of keys, which are named with their providers.
 */
const ASKED: {
  readonly [Type in Event['type']]?: (data: Extract<Event, { readonly type: Type }>['data']) => Asked;
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
};

const onlyModels = (models: provisioningV1.ModelAccess | undefined): Pick<Asked, 'models'> =>
  models && !models.all ? { models: { names: models.names } } : {};

/** Events of one change are about one thing. */
const askedBy = (events: PreviewedChange['events']): Asked | undefined => {
  const asked = events.flatMap((stored) => {
    const event = eventIn(PREFIXES, stored);
    const read = event && (ASKED[event.type] as ((data: object) => Asked) | undefined);
    return event && read ? [read(event.data)] : [];
  });
  return asked.length === 0 ? undefined : Object.assign({}, ...asked);
};

const fromProtoReplay = ({ limits, models }: typeV1.UsageReplay): ReplayedUsage => ({
  limits: limits.map(fromProtoReplayedLimit),
  ...(models && { models: { ...models, ...stretchOf(models) } }),
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
    ...(replay.keys && { keys: { ...replay.keys, keys: replay.keys.keys.map(fromProtoReplayedKey) } }),
  };
};

const fromProtoReplayedKey = ({
  spent,
  ranOutAfter,
  ranOutBefore,
  ...key
}: typeV1.KeyReplay): ReplayedKeys['keys'][number] => ({
  ...key,
  ...(spent !== undefined && { spent }),
  ...(ranOutAfter && ranOutBefore && { ranOut: { from: ranOutAfter, until: ranOutBefore } }),
});

const stretchOf = ({ from, until }: Pick<typeV1.LimitReplay, 'from' | 'until'>) => {
  if (!from || !until) throw new Error('a replay without its period');
  return { from, until };
};
