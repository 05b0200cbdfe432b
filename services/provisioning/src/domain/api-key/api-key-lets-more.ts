import { accessLetsMore, type LetsMore, limitsLetMore } from '@gatehouse/kernel';
import type { ApiKeyState } from './api-key';
import type { ApiKeyEvent } from './api-key.events';

/**
 * A key that gets more of what its workspace may. A key that is new, or is told another secret, lets its workspace spend no
 * more than it could.
 */
export const apiKeyLetsMore: LetsMore<ApiKeyState, ApiKeyEvent> = ({ before, after, at }) =>
  before.status !== 'absent' &&
  after.status !== 'absent' &&
  (limitsLetMore(before.limits, after.limits, at) || accessLetsMore(before.models, after.models));
