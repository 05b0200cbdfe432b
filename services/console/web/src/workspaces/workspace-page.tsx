import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';
import { Link, useSearchParams } from 'wouter';
import { useAnswer } from '../api/answers';
import { useSession } from '../session/session';
import { Refusal } from '../ui/notice';
import { Tabs } from '../ui/tabs';
import { useTitle } from '../ui/title';
import { HistoryPanel } from './history-panel';
import { KeysPanel } from './keys-panel';
import { LimitsPanel } from './limits-panel';
import { MembersPanel } from './members-panel';
import { ModelsPanel } from './models-panel';
import { workspacePath } from './paths';
import { ProvidersPanel } from './providers-panel';

interface WorkspacePageProps {
  readonly workspace?: string;
}

/** Whatever a workspace has: what its developers may call, by which keys, and how much of it is left. */
export const WorkspacePage = ({ workspace: named = '' }: WorkspacePageProps) => {
  const [params, setParams] = useSearchParams();
  const { workspace: own } = useSession();
  const answer = useAnswer<WorkspaceAnswer>(workspacePath(named));
  const workspace = answer.data;
  useTitle(workspace?.name ?? 'Workspace');
  const tab = TABS.find(({ value }) => value === params.get('tab')) ?? FIRST;
  return (
    <div className="stack">
      {own === null && (
        <nav aria-label="Breadcrumb" className="quiet">
          <Link href="/workspaces">Workspaces</Link> / {workspace?.name ?? named}
        </nav>
      )}
      <Refusal error={answer.error} />
      {answer.isPending && !answer.error && <p className="quiet">Loading…</p>}
      {workspace && (
        <>
          <header className="row wrap">
            <h1>{workspace.name}</h1>
            <code className="quiet">{workspace.slug}</code>
            {workspace.status === 'archived' && <span className="badge bad">archived</span>}
          </header>
          {workspace.description && <p className="quiet">{workspace.description}</p>}
          <Tabs
            label={`Of ${workspace.name}`}
            tabs={TABS.map(({ value, label, Panel }) => ({
              ...{ value, label },
              panel: () => <Panel workspace={workspace} />,
            }))}
            value={tab.value}
            onChange={(value) => setParams(value === FIRST.value ? {} : { tab: value })}
          />
        </>
      )}
    </div>
  );
};

/** Of whoever is admin of this one alone. */
export const OwnWorkspacePage = () => <WorkspacePage workspace={useSession().workspace?.id ?? ''} />;

const FIRST = { value: 'providers', label: 'AI Providers', Panel: ProvidersPanel } as const;
const TABS = [
  FIRST,
  { value: 'models', label: 'Model Catalog', Panel: ModelsPanel },
  { value: 'keys', label: 'API Keys', Panel: KeysPanel },
  { value: 'members', label: 'Members', Panel: MembersPanel },
  { value: 'limits', label: 'Limits', Panel: LimitsPanel },
  { value: 'history', label: 'History', Panel: HistoryPanel },
] as const;
