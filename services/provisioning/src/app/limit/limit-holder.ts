import type { Revision } from '@gatehouse/event-store';
import type { IntegrationId, Limit, WorkspaceId } from '@gatehouse/kernel';

/** Whose limits they are, within an organization. */
export type LimitHolder =
  | { readonly kind: 'organization' }
  | { readonly kind: 'integration'; readonly integrationId: IntegrationId }
  /** The template by which each key of the workspace has limits of its own. */
  | { readonly kind: 'workspaceKeys'; readonly workspaceId: WorkspaceId };

export interface HeldLimits {
  readonly holder: LimitHolder;
  readonly limits: readonly Limit[];
  /** Of the stream that they are in. */
  readonly revision: Revision;
}
