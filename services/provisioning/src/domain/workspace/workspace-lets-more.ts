import { type LetsMore, limitsLetMore } from '@gatehouse/kernel';
import type { WorkspaceState } from './workspace';
import type { WorkspaceEvent } from './workspace.events';

/** A limit of its own, or of its keys, that lets more. One that is new can call what was consented to for new ones. */
export const workspaceLetsMore: LetsMore<WorkspaceState, WorkspaceEvent> = ({ before, after, at }) =>
  before.status !== 'absent' &&
  after.status !== 'absent' &&
  (limitsLetMore(before.limits, after.limits, at) || limitsLetMore(before.keyLimits, after.keyLimits, at));
