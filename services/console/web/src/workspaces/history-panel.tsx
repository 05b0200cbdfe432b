import { pathOf } from '../api/api-client';
import { HistoryList } from '../ui/history-list';
import type { WorkspacePanelProps } from './workspace-panel';

export const HistoryPanel = ({ workspace }: WorkspacePanelProps) => (
  <HistoryList path={pathOf('/v1/gatehouse/workspaces', workspace.id, 'history')} />
);
