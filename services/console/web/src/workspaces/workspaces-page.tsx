import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';
import { useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { List } from '../ui/list';
import { moment } from '../ui/words';
import { NewWorkspaceDialog } from './new-workspace-dialog';
import { workspacePage, WORKSPACES } from './paths';

/** Whose developers call models. */
export const WorkspacesPage = () => {
  const [isCreating, setCreating] = useState(false);
  return (
    <div className="stack">
      <header className="row spread wrap">
        <h1>Workspaces</h1>
        <Button kind="primary" onClick={() => setCreating(true)}>
          New workspace
        </Button>
      </header>
      <p className="quiet">
        Each has its own AI providers, limits, members and keys. What is provisioned for new workspaces is
        there from the first moment.
      </p>
      <List<WorkspaceAnswer>
        caption="Workspaces"
        path={WORKSPACES}
        search="Search workspaces"
        searchAs="name"
        keyOf={({ id }) => id}
        columns={[
          { label: 'Workspace', cell: (row) => <Name workspace={row} /> },
          { label: 'What it is for', cell: ({ description }) => description || '–' },
          { label: 'Created', cell: ({ created_at: at }) => moment(at) },
        ]}
        empty={
          <EmptyState title="There is no workspace yet.">
            <p>A team, an application, a customer: whatever is to have a budget of its own.</p>
          </EmptyState>
        }
      />
      {isCreating && <NewWorkspaceDialog onClose={() => setCreating(false)} />}
    </div>
  );
};

const Name = ({ workspace: { id, name, slug } }: { readonly workspace: WorkspaceAnswer }) => (
  <>
    <Link href={workspacePage(id)}>{name}</Link>
    <br />
    <code className="quiet">{slug}</code>
  </>
);
