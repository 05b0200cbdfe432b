import type { meteringV1, provisioningV1 } from '@gatehouse/proto-gen';
import { isExhausted } from '../limits/limit-states';
import { toRestLimitsOrNull } from '../limits/limit-conversion';
import type { ProviderAnswer } from './provider.schema';

type Provision = provisioningV1.Provision;

/** What is told of a provision beside itself. */
export interface ProviderStanding {
  readonly now: Date;
  /** Of its limits; undefined where that is unknown. */
  readonly states: readonly meteringV1.LimitState[] | undefined;
}

export const hasBudget = ({ limits }: Provision): boolean =>
  limits.some(({ kind }) => kind?.$case === 'budget');

export const toRestProvider = (provision: Provision, standing: ProviderStanding): ProviderAnswer => {
  const { usage_limits: usage, rate_limits: rates } = toRestLimitsOrNull(provision.limits);
  return {
    id: provision.id,
    slug: provision.slug,
    name: provision.name,
    integration_id: provision.integrationId,
    ai_provider_name: provision.provider,
    workspace_id: provision.workspaceId,
    note: null,
    status: statusOf(provision, standing),
    usage_limits: usage?.[0] ?? null,
    rate_limits: rates,
    reset_usage: null,
    created_at: provision.createdAt?.toISOString() ?? null,
    expires_at: provision.expiresAt?.toISOString() ?? null,
    object: 'provider',
  };
};

const statusOf = (provision: Provision, { now, states }: ProviderStanding): ProviderAnswer['status'] => {
  if (provision.expiresAt && provision.expiresAt <= now) return 'expired';
  if (!hasBudget(provision)) return 'active';
  if (states === undefined) return null;
  return states.some((state) => state.budget && isExhausted(state)) ? 'exhausted' : 'active';
};
