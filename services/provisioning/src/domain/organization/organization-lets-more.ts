import { type LetsMore, limitsLetMore } from '@gatehouse/kernel';
import type { OrganizationState } from './organization';
import type { OrganizationEvent } from './organization.events';

/** A limit over all workspaces that lets more; that nobody else is to be asked any more. */
export const organizationLetsMore: LetsMore<OrganizationState, OrganizationEvent> = ({ before, after, at }) =>
  before.status !== 'absent' &&
  after.status !== 'absent' &&
  ((before.approvalRequired && !after.approvalRequired) || limitsLetMore(before.limits, after.limits, at));
