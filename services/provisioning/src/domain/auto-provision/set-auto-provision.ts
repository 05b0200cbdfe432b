import {
  AppError,
  type IntegrationId,
  type LimitSpec,
  type ModelAccess,
  type OrganizationId,
  refuseUnoffered,
  replaceLimits,
  sameLimitSpecs,
  sameModelAccess,
} from '@gatehouse/kernel';
import type { AutoProvision } from './auto-provision';
import type { AutoProvisionEvent } from './auto-provision.events';

export interface SetAutoProvision {
  readonly type: 'SetAutoProvision';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** What to do with workspaces that were created before: undefined leaves them alone. */
  readonly existing: 'keep' | 'override' | undefined;
  /** Of the models that are named, those that the integration offers. */
  readonly offered: readonly string[];
}

/**
 * NOT_FOUND `INTEGRATION_UNKNOWN` where the policy has ended with its integration; INVALID where a model is not the
 * integration's or two limits bound the same. The policy that is in force already records nothing,
 * unless it is for existing workspaces too.
 */
export const setAutoProvision = (
  { organizationId, integrationId, limits, models, existing, offered }: SetAutoProvision,
  policy: AutoProvision,
): readonly AutoProvisionEvent[] => {
  if (policy.status === 'ended') throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
  refuseUnoffered(models, offered);
  // Minted for nobody: only to refuse now what no provision could begin with.
  replaceLimits([], limits, { scopeId: integrationId, seed: '' });
  const same =
    policy.status === 'on' && sameLimitSpecs(policy.limits, limits) && sameModelAccess(policy.models, models);
  if (same && existing === undefined) return [];
  const about = { organizationId, integrationId };
  return [{ type: 'AutoProvisionPolicySet', ...about, limits, models, ...(existing && { existing }) }];
};
