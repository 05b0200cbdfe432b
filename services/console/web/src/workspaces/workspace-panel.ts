import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';

/** What each panel of a workspace's page gets. */
export interface WorkspacePanelProps {
  readonly workspace: WorkspaceAnswer;
}
