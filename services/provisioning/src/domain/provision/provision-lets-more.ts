import { accessLetsMore, type LetsMore, limitsLetMore } from '@gatehouse/kernel';
import type { ProvisionState } from './provision';
import type { ProvisionEvent } from './provision.events';

/** One that is new, enabled again, or lasts longer; a limit that lets more; a model that could not be called. */
export const provisionLetsMore: LetsMore<ProvisionState, ProvisionEvent> = ({ before, after, at }) => {
  if (after.status === 'absent') return false;
  if (before.status === 'absent') return true;
  return (
    (before.status === 'disabled' && after.status === 'enabled') ||
    lastsLonger(before.expiresAt, after.expiresAt) ||
    limitsLetMore(before.limits, after.limits, at) ||
    accessLetsMore(before.models, after.models)
  );
};

const lastsLonger = (before: Date | undefined, after: Date | undefined): boolean =>
  before !== undefined && (after === undefined || after > before);
