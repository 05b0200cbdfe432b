import type { IntegrationId, Limit, OrganizationId } from '@gatehouse/kernel';

/** Stream `integrationlimits-{integration}`: the integration itself is the registry's. */
export interface IntegrationLimitsChanged {
  readonly type: 'IntegrationLimitsChanged';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly Limit[];
}

export type IntegrationLimitsEvent = IntegrationLimitsChanged;
