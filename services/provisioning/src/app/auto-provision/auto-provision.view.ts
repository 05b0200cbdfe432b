import type { Recorded } from '@gatehouse/event-store';
import type { IntegrationId, LimitSpec, ModelAccess, OrganizationId } from '@gatehouse/kernel';
import type { AutoProvision } from '../../domain/auto-provision/auto-provision';

export interface AutoProvisionView {
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** The integration's. */
  readonly slug: string;
  readonly on: boolean;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** Undefined where there was never a policy; so is when it was first set. */
  readonly revision: bigint | undefined;
  readonly createdAt: Date | undefined;
}

export type AboutAutoProvision = Pick<AutoProvisionView, 'organizationId' | 'integrationId' | 'slug'>;

/** @param recorded undefined where there was never a policy. */
export const autoProvisionView = (
  about: AboutAutoProvision,
  recorded: Recorded<AutoProvision> | undefined,
): AutoProvisionView => {
  const state: AutoProvision = recorded?.state ?? { status: 'none' };
  const defaults =
    state.status === 'on' || state.status === 'off'
      ? { limits: state.limits, models: state.models }
      : { limits: [], models: { all: true } as const };
  const { revision, createdAt } = recorded ?? { revision: undefined, createdAt: undefined };
  return { ...about, on: state.status === 'on', ...defaults, revision, createdAt };
};
