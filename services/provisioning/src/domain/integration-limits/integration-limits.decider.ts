import {
  type Decider,
  type IntegrationId,
  type LimitSpec,
  type OrganizationId,
  replaceLimits,
  sameLimits,
} from '@gatehouse/kernel';
import type { IntegrationLimitsState } from './integration-limits';
import type { IntegrationLimitsEvent } from './integration-limits.events';

/** A cap over all provisions of an integration. That it is the organization's is for the caller to see to. */
export interface ChangeIntegrationLimits {
  readonly type: 'ChangeIntegrationLimits';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** The whole new list. */
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
}

/** INVALID where two limits bound the same. The limits that are in force already record nothing. */
const changeIntegrationLimits = (
  { organizationId, integrationId, limits, seed }: ChangeIntegrationLimits,
  current: IntegrationLimitsState,
): readonly IntegrationLimitsEvent[] => {
  const replaced = replaceLimits(current.limits, limits, { scopeId: integrationId, seed });
  if (sameLimits(current.limits, replaced)) return [];
  return [{ type: 'IntegrationLimitsChanged', organizationId, integrationId, limits: replaced }];
};

/** What an integration may cost in all: an integration that was never limited has no stream. */
export const integrationLimitsDecider: Decider<
  ChangeIntegrationLimits,
  IntegrationLimitsState,
  IntegrationLimitsEvent
> = {
  initial: { limits: [] },
  decide: changeIntegrationLimits,
  evolve: (_before, { limits }) => ({ limits }),
};
