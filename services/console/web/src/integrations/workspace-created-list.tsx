import { EmptyState } from '../ui/empty-state';
import { List } from '../ui/list';
import { type Integration, NameCell, StatusCell, useConnectionColumns } from './integration-columns';
import { INTEGRATIONS } from './paths';

/** What workspaces have connected for themselves, which the organization sees and governs like its own. */
export const WorkspaceCreatedList = () => {
  const connection = useConnectionColumns();
  return (
    <List<Integration>
      caption="Integrations that workspaces have created"
      path={INTEGRATIONS}
      query={{ scope: 'workspace' }}
      search="Search integrations"
      keyOf={({ id }) => id}
      columns={[
        { label: 'Integration', cell: (row) => <NameCell integration={row} /> },
        { label: 'Workspace', cell: ({ workspace }) => workspace?.name ?? workspace?.id ?? '–' },
        ...connection,
        { label: 'Status', cell: (row) => <StatusCell integration={row} /> },
      ]}
      empty={
        <EmptyState title="No workspace has connected anything of its own.">
          <p>
            Where the organization lets them, workspaces connect providers of their own, which are listed
            here.
          </p>
        </EmptyState>
      }
    />
  );
};
