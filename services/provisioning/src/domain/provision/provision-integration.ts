import {
  AppError,
  type IntegrationId,
  type LimitSpec,
  type ModelAccess,
  type OrganizationId,
  type ProvisionId,
  refuseUnoffered,
  replaceLimits,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { refusePassed } from './change-provision-expiry';
import type { ProvisionState } from './provision';
import type { ProvisionEvent } from './provision.events';

export interface ProvisionIntegration {
  readonly type: 'ProvisionIntegration';
  readonly provisionId: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** Of the models that are named, those that the integration offers. */
  readonly offered: readonly string[];
  readonly seed: string;
  /** Undefined: it does not end by itself. */
  readonly expiresAt: Date | undefined;
  readonly at: Date;
}

/**
 * CONFLICT `ALREADY_PROVISIONED`; REFUSED `END_HAS_PASSED`; INVALID where a model is not the integration's or two limits bound the same. That
 * workspace and integration exist is for the caller to see to.
 */
export const provisionIntegration = (
  command: ProvisionIntegration,
  provision: ProvisionState,
): readonly ProvisionEvent[] => {
  if (provision.status !== 'absent') throw new AppError('CONFLICT', 'ALREADY_PROVISIONED');
  const { provisionId, organizationId, workspaceId, integrationId, models, offered, seed, expiresAt, at } =
    command;
  refusePassed(expiresAt, at);
  refuseUnoffered(models, offered);
  const limits = replaceLimits([], command.limits, { scopeId: provisionId, seed });
  return [
    {
      type: 'IntegrationProvisioned',
      provisionId,
      organizationId,
      workspaceId,
      integrationId,
      limits,
      models,
      ...(expiresAt && { expiresAt }),
    },
  ];
};
