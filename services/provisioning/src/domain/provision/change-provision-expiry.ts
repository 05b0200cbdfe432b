import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { ActiveProvision } from './provision';
import type { ProvisionEvent } from './provision.events';

export interface ChangeProvisionExpiry {
  readonly type: 'ChangeProvisionExpiry';
  readonly organizationId: OrganizationId;
  /** Undefined: it does not end by itself any more. */
  readonly expiresAt: Date | undefined;
  readonly at: Date;
}

/** REFUSED `END_HAS_PASSED`. The end that is set already records nothing. */
export const changeProvisionExpiry = (
  { expiresAt, at }: ChangeProvisionExpiry,
  { provisionId, expiresAt: before }: ActiveProvision,
): readonly ProvisionEvent[] => {
  if (expiresAt?.getTime() === before?.getTime()) return [];
  refusePassed(expiresAt, at);
  return [{ type: 'ProvisionExpiryChanged', provisionId, ...(expiresAt && { expiresAt }) }];
};

/** REFUSED `END_HAS_PASSED`: an end that nobody can be told of in time says something else than was meant. */
export const refusePassed = (end: Date | undefined, at: Date): void => {
  if (end && end <= at) throw new AppError('REFUSED', 'END_HAS_PASSED');
};
