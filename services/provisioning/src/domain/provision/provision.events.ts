import type { IntegrationId, Limit, OrganizationId, ProvisionId, WorkspaceId } from '@gatehouse/kernel';

/** Which models of the integration may be called: all that it offers, now and later, or those named. */
export type ModelAccess = { readonly all: true } | { readonly all: false; readonly names: readonly string[] };

/** Stream `provision-{id}`; the id derives from workspace and integration, so that there is one at most. */
export interface IntegrationProvisioned {
  readonly type: 'IntegrationProvisioned';
  readonly provisionId: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly Limit[];
  readonly models: ModelAccess;
}

export interface ProvisionLimitsChanged {
  readonly type: 'ProvisionLimitsChanged';
  readonly provisionId: ProvisionId;
  readonly limits: readonly Limit[];
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
  IntegrationProvisioned | ProvisionLimitsChanged | ModelsAllowed | ProvisionEnabled | ProvisionDisabled;
