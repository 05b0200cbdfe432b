import { randomUUID } from 'node:crypto';
import { AppError, invalidField } from '@gatehouse/kernel';
import type { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import type { LimitsChange } from '../limits/limit-conversion';
import { againWhenOvertaken } from '../rest/again-when-overtaken';

export interface Held {
  readonly limits: typeV1.Limit[];
  readonly revision: bigint;
}

interface Wanted {
  readonly requestId: string;
  readonly reason: string;
  readonly limits: typeV1.Limit[];
  readonly expectedRevision: bigint | undefined;
}

/** Whoever carries limits, each by the service that keeps them. */
interface LimitScope {
  readonly get: () => Promise<Held>;
  /** Answers what whoever reads next reads. */
  readonly change: (wanted: Wanted) => Promise<Held>;
}

type Scoped = (control: ControlPlane, id: string) => LimitScope;

const provision: Scoped = (control, provisionId) => {
  const at = async (atLeastPosition: string): Promise<Held> =>
    shownIn((await control.provisions.getProvision({ provisionId, atLeastPosition })).provision);
  return {
    get: () => at(''),
    change: async (wanted) =>
      at((await control.provisions.changeProvisionLimits({ ...wanted, provisionId })).position),
  };
};

const workspace: Scoped = (control, workspaceId) => {
  const at = async (atLeastPosition: string): Promise<Held> =>
    shownIn((await control.workspaces.getWorkspace({ workspaceId, atLeastPosition })).workspace);
  return {
    get: () => at(''),
    change: async (wanted) =>
      at((await control.workspaces.changeWorkspaceLimits({ ...wanted, workspaceId })).position),
  };
};

const apiKey: Scoped = (control, apiKeyId) => {
  const at = async (atLeastPosition: string): Promise<Held> =>
    shownIn((await control.apiKeys.getApiKey({ apiKeyId, atLeastPosition })).apiKey);
  return {
    get: () => at(''),
    change: async (wanted) =>
      at((await control.apiKeys.changeApiKeyLimits({ ...wanted, apiKeyId })).position),
  };
};

const holding =
  (holderOf: (id: string) => provisioningV1.LimitHolder['holder']): Scoped =>
  (control, id) => {
    const holder = { holder: holderOf(id) };
    const at = async (atLeastPosition: string) => {
      const held = shownIn((await control.limits.getLimits({ holder, atLeastPosition })).limits);
      // Of the organization there is one, the caller's.
      if (holder.holder?.$case === 'organization' && held.organizationId !== id)
        throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
      return held;
    };
    return {
      get: () => at(''),
      change: async (wanted) => {
        // An integration may have been connected a moment ago: then it is there behind this.
        await at('0');
        return shownIn(
          (await control.limits.changeLimits({ ...wanted, holder, atLeastPosition: '' })).limits,
        );
      },
    };
  };

const SCOPES: Readonly<Record<string, Scoped>> = {
  prv: provision,
  ws: workspace,
  key: apiKey,
  int: holding((value) => ({ $case: 'integrationId', value })),
  org: holding(() => ({ $case: 'organization', value: {} })),
};

/** INVALID where it is the id of nothing that carries limits. */
export const limitScope = (control: ControlPlane, id: string): LimitScope => {
  const [, kind = ''] = /^([a-z]+)_[0-9a-z]{26}$/.exec(id) ?? [];
  const scoped = Object.hasOwn(SCOPES, kind) ? SCOPES[kind] : undefined;
  if (!scoped)
    throw invalidField(
      'scope',
      'must be the id of a provision, workspace, API key, integration or organization',
    );
  return scoped(control, id);
};

/** Changes what somebody carries by what it is, so that nothing is undone that changes meanwhile. Answers what whoever reads next reads. */
export const changeLimits = async (
  control: ControlPlane,
  scopeId: string,
  to: LimitsChange,
): Promise<readonly typeV1.Limit[]> => {
  const { get, change } = limitScope(control, scopeId);
  return againWhenOvertaken(async () => {
    const { limits, revision: expectedRevision } = await get();
    const wanted = { requestId: randomUUID(), reason: '', limits: to(limits), expectedRevision };
    return (await change(wanted)).limits;
  });
};
