import { AppError, type LimitId, type OrganizationId, type Raise, sameLimits } from '@gatehouse/kernel';
import { refusePassed } from './change-provision-expiry';
import type { ActiveProvision } from './provision';
import type { ProvisionEvent } from './provision.events';

export interface RaiseProvisionLimit {
  readonly type: 'RaiseProvisionLimit';
  readonly organizationId: OrganizationId;
  readonly limitId: LimitId;
  /** Undefined takes the raise back. */
  readonly raise: Raise | undefined;
  readonly at: Date;
}

/**
 * NOT_FOUND `LIMIT_UNKNOWN` where it is none of the provision's; REFUSED `END_HAS_PASSED`. It takes the place of an earlier
 * raise of that limit; the raise that stands already records nothing.
 */
export const raiseProvisionLimit = (
  { limitId, raise, at }: RaiseProvisionLimit,
  { provisionId, limits }: ActiveProvision,
): readonly ProvisionEvent[] => {
  if (!limits.some(({ id }) => id === limitId)) throw new AppError('NOT_FOUND', 'LIMIT_UNKNOWN');
  const raised = limits.map((limit) => {
    if (limit.id !== limitId) return limit;
    const { raise: _earlier, ...unraised } = limit;
    return { ...unraised, ...(raise && { raise }) };
  });
  if (sameLimits(limits, raised)) return [];
  refusePassed(raise?.until, at);
  return [{ type: 'ProvisionLimitRaised', provisionId, limitId, limits: raised }];
};
