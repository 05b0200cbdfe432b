import type { OrganizationId } from '@gatehouse/kernel';
import type { Draft, DraftId } from '../../domain/draft/draft';

/** Drafts, by organization. */
export abstract class Drafts {
  /** One of the same id stays as it is. */
  abstract keep(draft: Draft): Promise<void>;
  /** Expired ones too, until they are swept up. */
  abstract find(organizationId: OrganizationId, id: DraftId): Promise<Draft | undefined>;
  /** In the order of their making, at most 1,000. */
  abstract list(organizationId: OrganizationId): Promise<readonly Draft[]>;
  /** How many an organization has. */
  abstract count(organizationId: OrganizationId): Promise<number>;
  abstract remove(id: DraftId): Promise<void>;
  /** At most 500, whose time was up by then. */
  abstract expiredBy(at: Date): Promise<readonly Draft[]>;
}
