import { AppError, type OrganizationId } from '@gatehouse/kernel';
import type { ApprovalSettings } from './integration.ports';

/**
 * REFUSED `APPROVAL_REQUIRED` where the organization wants a second admin for what lets more be spent or called: there are no
 * proposals here, so nobody can give it.
 */
export const refuseUnapproved = async (
  settings: ApprovalSettings,
  organizationId: OrganizationId,
): Promise<void> => {
  if (await settings.required(organizationId)) throw new AppError('REFUSED', 'APPROVAL_REQUIRED');
};
