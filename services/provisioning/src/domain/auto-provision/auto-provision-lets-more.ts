import { accessLetsMore, type LetsMore, limitsLetMore } from '@gatehouse/kernel';
import type { AutoProvision } from './auto-provision';
import type { AutoProvisionEvent } from './auto-provision.events';

/** A policy that is new or on again, gives more than it gave, or is given to workspaces that exist. */
export const autoProvisionLetsMore: LetsMore<AutoProvision, AutoProvisionEvent> = ({
  before,
  after,
  events,
  at,
}) => {
  if (after.status !== 'on') return false;
  if (before.status !== 'on' || events.some(isForExisting)) return true;
  return limitsLetMore(before.limits, after.limits, at) || accessLetsMore(before.models, after.models);
};

const isForExisting = (event: AutoProvisionEvent): boolean =>
  event.type === 'AutoProvisionPolicySet' && event.existing !== undefined;
