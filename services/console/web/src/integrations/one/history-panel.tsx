import { HistoryList } from '../../history/history-list';
import { integrationPath } from '../paths';
import type { PanelProps } from './details-panel';

export const HistoryPanel = ({ integration }: PanelProps) => (
  <HistoryList path={integrationPath(integration.id, 'history')} />
);
