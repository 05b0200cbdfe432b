import { randomUUID } from 'node:crypto';
import { apiKeyId, keyLimitIdOf, limitId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { limitStatesOf } from '../limits/limit-states';
import { eachOf } from '../rest/each-of';
import { gathered, type Part, WHOLE } from '../rest/paging';
import { toRestKeyUsage } from './policy-conversion';
import type { Policy } from './key-template';
import type { EntityAnswer, KeyUsage } from './policy.schema';

/** The keys of a workspace that work, and what each has spent of a limit that it has by the workspace's template. */
export const entitiesOf = async (
  control: ControlPlane,
  workspaceId: string,
  limit: Policy<'budget'>,
  { page, search }: { readonly page: Part; readonly search: string },
): Promise<{ readonly total: number; readonly data: EntityAnswer[] }> => {
  const { total, items } = await gathered(
    page,
    (part) =>
      control.apiKeys.listApiKeys(
        provisioningV1.ListApiKeysRequest.fromPartial({
          ...{ workspaceId, search, status: provisioningV1.ApiKeyStatus.ACTIVE },
          ...part,
        }),
      ),
    ({ apiKeys }) => apiKeys,
  );
  const data = await eachOf(items, async ({ id }) => {
    const derived = derivedFrom(limit.id, id);
    const state = (await limitStatesOf(control, id))?.find((one) => one.limitId === derived);
    return { id, value_key: id, ...toRestKeyUsage(limit, state) };
  });
  return { total, data };
};

export const usageByKey = async (
  control: ControlPlane,
  workspaceId: string,
  limit: Policy<'budget'>,
): Promise<Record<string, KeyUsage>> => {
  const { data } = await entitiesOf(control, workspaceId, limit, { page: WHOLE, search: '' });
  return Object.fromEntries(
    data.map(({ value_key, current_usage, status }) => [value_key, { current_usage, status }]),
  );
};

/** Ends the present period of what a key may spend. NOT_FOUND `LIMIT_UNKNOWN` for a key that is not of the workspace. */
export const resetOf = async (control: ControlPlane, template: string, key: string): Promise<void> => {
  await control.budgets.resetBudget({
    ...{ requestId: randomUUID(), reason: 'reset_usage', limitId: derivedFrom(template, key) },
  });
};

const derivedFrom = (template: string, key: string): string => keyLimitIdOf(limitId(template), apiKeyId(key));
