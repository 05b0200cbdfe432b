import { pathOf } from '../api/api-client';
import { HistoryList } from '../history/history-list';
import type { WorkspacePanelProps } from './workspace-panel';

export const HistoryPanel = ({ workspace }: WorkspacePanelProps) => (
  <HistoryList path={pathOf('/v1/gatehouse/workspaces', workspace.id, 'history')} />
);
