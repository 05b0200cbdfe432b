import type { WorkspaceOfIntegration } from '@gatehouse/console/integrations/own-workspaces.schema';

/** A workspace, and what it has of the integration. */
export type Provisioned = WorkspaceOfIntegration;

export interface OfOne {
  readonly provisioned: Provisioned;
}
