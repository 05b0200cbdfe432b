import { useSearchParams } from 'wouter';
import { EmptyState } from '../ui/empty-state';
import { List } from '../ui/list';
import { Toggle } from '../ui/toggle';
import { type Integration, NameCell, StatusCell, useConnectionColumns } from './integration-columns';
import { INTEGRATIONS } from './paths';
import { ToAll } from './to-all';

/** The organization's integrations. */
export const ConnectedList = () => {
  const [params, setParams] = useSearchParams();
  const mine = params.get('mine') === 'true';
  const connection = useConnectionColumns();
  const choose = (on: boolean) => setParams({ tab: 'connected', ...(on && { mine: 'true' }) });
  return (
    <List<Integration>
      caption="Integrations of the organization"
      path={INTEGRATIONS}
      query={{ scope: 'organization', mine: mine ? true : undefined }}
      search="Search integrations"
      filters={<Toggle label="Connected by me" checked={mine} onChange={choose} />}
      keyOf={({ id }) => id}
      columns={[
        { label: 'Integration', cell: (row) => <NameCell integration={row} /> },
        ...connection,
        { label: 'Status', cell: (row) => <StatusCell integration={row} /> },
      ]}
      empty={
        <EmptyState title={mine ? 'You have connected nothing yet.' : 'Nothing is connected yet.'}>
          <ToAll />
        </EmptyState>
      }
    />
  );
};
