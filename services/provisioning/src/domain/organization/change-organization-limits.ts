import { AppError, type LimitSpec, replaceLimits, sameLimits } from '@gatehouse/kernel';
import type { OrganizationState } from './organization';
import type { OrganizationEvent } from './organization.events';

/** A cap over all workspaces. */
export interface ChangeOrganizationLimits {
  readonly type: 'ChangeOrganizationLimits';
  /** The whole new list. */
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
}

/**
 * NOT_FOUND `ORGANIZATION_UNKNOWN`; INVALID where two limits bound the same. The limits that are in force already record
 * nothing.
 */
export const changeOrganizationLimits = (
  { limits, seed }: ChangeOrganizationLimits,
  organization: OrganizationState,
): readonly OrganizationEvent[] => {
  if (organization.status === 'absent') throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
  const { organizationId } = organization;
  const replaced = replaceLimits(organization.limits, limits, { scopeId: organizationId, seed });
  if (sameLimits(organization.limits, replaced)) return [];
  return [{ type: 'OrganizationLimitsChanged', organizationId, limits: replaced }];
};
