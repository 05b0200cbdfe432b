import type { OrganizationId } from '@gatehouse/kernel';

/** Which records are rated anew. */
export interface RerateTerms {
  readonly organizationId: OrganizationId;
  /** Only of these, where they are named. */
  readonly workspaceId?: string;
  readonly integrationId?: string;
  readonly model?: string;
  /** Times of admission, both inclusive. */
  readonly from: Date;
  readonly to: Date;
}
