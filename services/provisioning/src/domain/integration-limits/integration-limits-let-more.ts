import { type LetsMore, limitsLetMore } from '@gatehouse/kernel';
import type { IntegrationLimitsState } from './integration-limits';
import type { IntegrationLimitsEvent } from './integration-limits.events';

/** A limit over all provisions of an integration that lets more. */
export const integrationLimitsLetMore: LetsMore<IntegrationLimitsState, IntegrationLimitsEvent> = ({
  before,
  after,
  at,
}) => limitsLetMore(before.limits, after.limits, at);
