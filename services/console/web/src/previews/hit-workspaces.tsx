import type { HitProvisionAnswer } from '@gatehouse/console/previews/preview.schema';
import { useAnswer } from '../api/answers';
import { integrationPath } from '../integrations/paths';
import type { Listed } from '../ui/list';
import { Refusal } from '../ui/notice';
import { count, counted } from '../ui/words';
import { PreviewPanel } from './preview-panel';

interface HitWorkspacesProps {
  /** Id of the integration. */
  readonly integration: string;
  readonly change: 'disable' | 'delete' | 'rotate';
}

interface Hit extends Listed<HitProvisionAnswer> {
  readonly needs_approval: boolean;
}

const SHOWN_MAX = 20;

const EFFECTS: Readonly<Record<string, string>> = {
  none: 'calls by it no more already',
  stops: 'is refused until it is enabled again',
  ends: 'is refused for good',
  'goes-on': 'calls on, with the new credential',
};

/** Which workspaces a change of an integration would reach, and by how many keys they call. */
export const HitWorkspaces = ({ integration, change }: HitWorkspacesProps) => {
  const hit = useAnswer<Hit>(integrationPath(integration, 'preview'), { change, page_size: SHOWN_MAX });
  const { total = 0, data = [] } = hit.data ?? {};
  return (
    <PreviewPanel title="Whom it reaches" busy={hit.isFetching}>
      <Refusal error={hit.error} />
      {hit.isPending && !hit.error && <p className="quiet">Looking who has it…</p>}
      {hit.data && total === 0 && <p>No workspace has it.</p>}
      <ul className="stack tight">
        {data.map(({ provision_id: id, workspace, effect, key_count: keys }) => (
          <li key={id}>
            {workspace.name}, by {counted(keys, 'key')},{' '}
            <span className="quiet">{EFFECTS[effect ?? ''] ?? 'nobody knows how'}</span>
          </li>
        ))}
      </ul>
      {total > data.length && <p className="quiet">And {count(total - data.length)} workspaces more.</p>}
      {hit.data?.needs_approval && <p>A second admin has to approve it.</p>}
    </PreviewPanel>
  );
};
