import { AppError } from '@gatehouse/kernel';
import type { OrganizationState } from './organization';
import type { OrganizationEvent } from './organization.events';

/** Whether what lets more be spent or called wants a second admin. */
export interface ChangeApproval {
  readonly type: 'ChangeApproval';
  readonly required: boolean;
}

/** NOT_FOUND `ORGANIZATION_UNKNOWN`. What is so already records nothing. */
export const changeApproval = (
  { required }: ChangeApproval,
  organization: OrganizationState,
): readonly OrganizationEvent[] => {
  if (organization.status === 'absent') throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
  if (organization.approvalRequired === required) return [];
  const { organizationId } = organization;
  return [{ type: 'OrganizationApprovalChanged', organizationId, required }];
};
