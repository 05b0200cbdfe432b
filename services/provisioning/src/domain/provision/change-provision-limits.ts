import { type LimitSpec, type OrganizationId, replaceLimits, sameLimits } from '@gatehouse/kernel';
import type { ActiveProvision } from './provision';
import type { ProvisionEvent } from './provision.events';

export interface ChangeProvisionLimits {
  readonly type: 'ChangeProvisionLimits';
  readonly organizationId: OrganizationId;
  /** The whole new list. */
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
}

/** INVALID where two limits bound the same. The limits that are in force already record nothing. */
export const changeProvisionLimits = (
  { limits, seed }: ChangeProvisionLimits,
  provision: ActiveProvision,
): readonly ProvisionEvent[] => {
  const { provisionId } = provision;
  const replaced = replaceLimits(provision.limits, limits, { scopeId: provisionId, seed });
  if (sameLimits(provision.limits, replaced)) return [];
  return [{ type: 'ProvisionLimitsChanged', provisionId, limits: replaced }];
};
