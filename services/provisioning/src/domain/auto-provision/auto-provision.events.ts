import type { IntegrationId, LimitSpec, ModelAccess, OrganizationId } from '@gatehouse/kernel';

/** Stream `autoprovision-{integration}`: workspaces that are created from here on get the integration. */
export interface AutoProvisionPolicySet {
  readonly type: 'AutoProvisionPolicySet';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** What each of their provisions begins with. */
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** What to do with workspaces that were created before: undefined leaves them alone. */
  readonly existing?: 'keep' | 'override';
}

/** Workspaces that are created from here on do not get it. */
export interface AutoProvisionTurnedOff {
  readonly type: 'AutoProvisionTurnedOff';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
}

/** Its integration is gone, and with it the policy, for good. */
export interface AutoProvisionEnded {
  readonly type: 'AutoProvisionEnded';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
}

export type AutoProvisionEvent = AutoProvisionPolicySet | AutoProvisionTurnedOff | AutoProvisionEnded;
