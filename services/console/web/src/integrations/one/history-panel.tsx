import { HistoryList } from '../../history/history-list';
import { integrationPath } from '../paths';
import type { PanelProps } from './panel-props';

export const HistoryPanel = ({ integration }: PanelProps) => (
  <HistoryList path={integrationPath(integration.id, 'history')} />
);
