import type { Recorded } from '@gatehouse/event-store';
import type {
  IntegrationId,
  Limit,
  ModelAccess,
  OrganizationId,
  ProvisionId,
  WorkspaceId,
} from '@gatehouse/kernel';
import type { ProvisionState } from '../../domain/provision/provision';

export interface ProvisionView {
  readonly id: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  /** Its own, or else the integration's. */
  readonly slug: string;
  /** Likewise. */
  readonly name: string;
  /** The integration's, by its name in the catalog. */
  readonly provider: string;
  readonly enabled: boolean;
  readonly limits: readonly Limit[];
  readonly models: ModelAccess;
  readonly revision: bigint;
  readonly createdAt: Date;
  /** Absent where it does not end by itself. */
  readonly expiresAt?: Date;
}

export const provisionView = (
  { state, revision, createdAt }: Recorded<ProvisionState>,
  called: Pick<ProvisionView, 'slug' | 'name' | 'provider'>,
): ProvisionView => {
  if (state.status === 'absent') throw new Error('a provision without its creation');
  const { provisionId: id, status, ...provision } = state;
  return { ...provision, id, ...called, enabled: status === 'enabled', revision, createdAt };
};
