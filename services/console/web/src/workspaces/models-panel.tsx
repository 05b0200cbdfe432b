import type { AvailableModelAnswer } from '@gatehouse/console/access/access.schema';
import { pathOf } from '../api/api-client';
import { CallLines } from '../ui/call-lines';
import { EmptyState } from '../ui/empty-state';
import { List, type Listed } from '../ui/list';
import { useAnswer } from '../api/answers';
import { count, usd } from '../ui/words';
import type { WorkspacePanelProps } from './workspace-panel';

/** What its keys can name now. */
export const ModelsPanel = ({ workspace }: WorkspacePanelProps) => {
  const path = pathOf('/v1/gatehouse/workspaces', workspace.id, 'models');
  const first = useAnswer<Listed<AvailableModelAnswer>>(path, { page_size: 1 });
  const [model] = first.data?.data ?? [];
  return (
    <>
      <List<AvailableModelAnswer>
        caption="Model catalog"
        path={path}
        search="Search models"
        keyOf={({ id }) => id}
        columns={[
          { label: 'Model', cell: ({ id }) => <code>{id}</code> },
          {
            label: 'Input, per 1 M tokens',
            figures: true,
            cell: ({ prices }) => usd(prices?.rates.input ?? null),
          },
          {
            label: 'Output, per 1 M tokens',
            figures: true,
            cell: ({ prices }) => usd(prices?.rates.output ?? null),
          },
          { label: 'Context', figures: true, cell: ({ context_window: tokens }) => count(tokens) },
        ]}
        empty={<EmptyState title="There is no model to call yet." />}
      />
      {model && (
        <CallLines model={model.id}>With a key of this workspace, at the gateway’s address.</CallLines>
      )}
    </>
  );
};
