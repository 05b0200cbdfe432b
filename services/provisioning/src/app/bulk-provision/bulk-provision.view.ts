import type { BulkId, IntegrationId, LimitSpec, ModelAccess, OrganizationId } from '@gatehouse/kernel';

export interface BulkView {
  readonly id: BulkId;
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** The integration's. */
  readonly slug: string;
  readonly done: boolean;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  readonly existing: 'keep' | 'override';
  readonly expiresAt: Date | undefined;
  /** How many workspaces it is for, and how many had which outcome so far. */
  readonly workspaces: number;
  readonly made: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly requestedAt: Date;
}
