import {
  AppError,
  type IntegrationId,
  type LimitSpec,
  type ModelAccess,
  type OrganizationId,
  type ProvisionId,
  replaceLimits,
  sameLimits,
  sameModelAccess,
  type WorkspaceId,
} from '@gatehouse/kernel';
import type { ActiveProvision, ProvisionState } from './provision';
import type { ProvisionEvent } from './provision.events';

/** What to do with a provision that is there already. */
export type ExistingProvisions = 'keep' | 'override';

/** Carries out what was decided for many workspaces at once: its models were judged then, and are not judged again. */
export interface ApplyProvision {
  readonly type: 'ApplyProvision';
  readonly provisionId: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  readonly existing: ExistingProvisions;
  /** Undefined: what is made does not end by itself, and what is there ends as it did. */
  readonly expiresAt?: Date | undefined;
  readonly seed: string;
}

/**
 * Makes the provision where there is none. One that is there is kept, or gets these limits and models, and the end; enabled or
 * not it stays as it is. An end that has passed since it was decided is an end all the same. INVALID where two limits bound the same.
 */
export const applyProvision = (
  { existing, ...wanted }: ApplyProvision,
  provision: ProvisionState,
): readonly ProvisionEvent[] => {
  const { provisionId, organizationId, workspaceId, integrationId, models, seed } = wanted;
  if (provision.status !== 'absent') {
    if (provision.organizationId !== organizationId) throw new AppError('NOT_FOUND', 'PROVISION_UNKNOWN');
    return existing === 'keep' ? [] : overridden(wanted, provision);
  }
  const limits = replaceLimits([], wanted.limits, { scopeId: provisionId, seed });
  const about = { provisionId, organizationId, workspaceId, integrationId };
  const ends = wanted.expiresAt && { expiresAt: wanted.expiresAt };
  return [{ type: 'IntegrationProvisioned', ...about, limits, models, ...ends }];
};

const overridden = (
  { provisionId, limits, models, expiresAt, seed }: Omit<ApplyProvision, 'existing'>,
  provision: ActiveProvision,
): readonly ProvisionEvent[] => {
  const replaced = replaceLimits(provision.limits, limits, { scopeId: provisionId, seed });
  return [
    ...(sameLimits(provision.limits, replaced)
      ? []
      : [{ type: 'ProvisionLimitsChanged', provisionId, limits: replaced } as const]),
    ...(sameModelAccess(provision.models, models)
      ? []
      : [{ type: 'ModelsAllowed', provisionId, models } as const]),
    ...(expiresAt === undefined || expiresAt.getTime() === provision.expiresAt?.getTime()
      ? []
      : [{ type: 'ProvisionExpiryChanged', provisionId, expiresAt } as const]),
  ];
};
