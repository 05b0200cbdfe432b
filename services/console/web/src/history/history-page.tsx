import { HistoryList } from './history-list';

/** What was changed in the organization, by whom and why. */
export const HistoryPage = () => (
  <div className="stack">
    <h1>History</h1>
    <HistoryList path="/v1/gatehouse/history" />
  </div>
);
