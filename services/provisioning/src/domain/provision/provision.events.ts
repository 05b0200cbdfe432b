import type {
  IntegrationId,
  Limit,
  LimitId,
  ModelAccess,
  OrganizationId,
  ProvisionId,
  WorkspaceId,
} from '@gatehouse/kernel';

/** Stream `provision-{id}`; the id derives from workspace and integration, so that there is one at most. */
export interface IntegrationProvisioned {
  readonly type: 'IntegrationProvisioned';
  readonly provisionId: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly Limit[];
  readonly models: ModelAccess;
  /** Absent where it does not end by itself. */
  readonly expiresAt?: Date;
}

export interface ProvisionLimitsChanged {
  readonly type: 'ProvisionLimitsChanged';
  readonly provisionId: ProvisionId;
  readonly limits: readonly Limit[];
}

export interface ProvisionLimitRaised {
  readonly type: 'ProvisionLimitRaised';
  readonly provisionId: ProvisionId;
  readonly limitId: LimitId;
  /** All of the provision's, raises included, as they are from now on. */
  readonly limits: readonly Limit[];
}

export interface ProvisionExpiryChanged {
  readonly type: 'ProvisionExpiryChanged';
  readonly provisionId: ProvisionId;
  /** Absent where it does not end by itself any more. */
  readonly expiresAt?: Date;
}

export interface ModelsAllowed {
  readonly type: 'ModelsAllowed';
  readonly provisionId: ProvisionId;
  readonly models: ModelAccess;
}

export interface ProvisionEnabled {
  readonly type: 'ProvisionEnabled';
  readonly provisionId: ProvisionId;
}

export interface ProvisionDisabled {
  readonly type: 'ProvisionDisabled';
  readonly provisionId: ProvisionId;
}

export type ProvisionEvent =
  | IntegrationProvisioned
  | ProvisionLimitsChanged
  | ProvisionLimitRaised
  | ProvisionExpiryChanged
  | ModelsAllowed
  | ProvisionEnabled
  | ProvisionDisabled;
