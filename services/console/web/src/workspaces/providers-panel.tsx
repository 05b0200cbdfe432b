import type { AiProviderAnswer } from '@gatehouse/console/access/access.schema';
import { pathOf } from '../api/api-client';
import { Link } from 'wouter';
import { LeftOfLimits } from '../limits/left-of-limits';
import { useSession } from '../session/session';
import { EmptyState } from '../ui/empty-state';
import { List } from '../ui/list';
import { count, moment, UNKNOWN } from '../ui/words';
import { Arriving } from './arriving';
import type { WorkspacePanelProps } from './workspace-panel';

/** What its developers call models by, with what is left of whatever limits that. */
export const ProvidersPanel = ({ workspace }: WorkspacePanelProps) => (
  <>
    {useSession().workspace !== null && (
      <div className="row end">
        <Link className="button" href="/workspace/connect">
          Connect a provider
        </Link>
      </div>
    )}
    <Arriving workspace={workspace} />
    <List<AiProviderAnswer>
      caption="AI providers"
      path={pathOf('/v1/gatehouse/workspaces', workspace.id, 'providers')}
      search="Search AI providers"
      keyOf={({ provision_id: id }) => id}
      columns={[
        { label: 'AI provider', cell: (row) => <Name provider={row} /> },
        { label: 'Status', cell: (row) => <Status provider={row} /> },
        { label: 'Models', figures: true, cell: ({ model_count: models }) => count(models) },
        { label: 'What is left', cell: ({ limits }) => <LeftOfLimits limits={limits} /> },
      ]}
      empty={
        <EmptyState title="No integration is provisioned to this workspace yet.">
          <p>An admin of the organization does that, on the integration’s page.</p>
        </EmptyState>
      }
    />
  </>
);

interface CellProps {
  readonly provider: AiProviderAnswer;
}

const Name = ({ provider: { name, slug } }: CellProps) => (
  <>
    {name}
    <br />
    <code className="quiet">@{slug}</code>
  </>
);

const TONES: Readonly<Record<string, string>> = { active: 'good', exhausted: 'bad', limited: 'warn' };

const Status = ({ provider: { status, resets_at: resets } }: CellProps) => (
  <span className={`badge ${TONES[status ?? ''] ?? ''}`}>
    {status ?? UNKNOWN}
    {status === 'exhausted' && resets !== null && ` until ${moment(resets)}`}
  </span>
);
