import type {
  HealthAnswer,
  OwnIntegrationAnswer,
} from '@gatehouse/console/integrations/own-integration.schema';
import { Link } from 'wouter';
import type { Column } from '../ui/table';
import { ago, count, UNKNOWN } from '../ui/words';
import { useDisplayName } from './providers';

export type Integration = OwnIntegrationAnswer;

interface CellProps {
  readonly integration: Integration;
}

export const NameCell = ({ integration: { id, name, slug } }: CellProps) => (
  <>
    <Link href={`/integrations/${encodeURIComponent(id)}`}>{name}</Link>
    <br />
    <code className="quiet">@{slug}</code>
  </>
);

/** The first of what keeps it from being called. */
export const StatusCell = ({ integration: { status, connect_refusal: refusal, health } }: CellProps) => {
  if (refusal) return <span className="badge bad">not connected: {refusal.reason}</span>;
  if (status === 'disabled') return <span className="badge warn">disabled</span>;
  if (status !== 'connected') return <span className="badge">{status ?? UNKNOWN}</span>;
  if (health.credential_rejected)
    return <span className="badge bad">the provider refuses its credential</span>;
  return <span className="badge good">active</span>;
};

/** Who connected it, and what it has grown to. */
export const useConnectionColumns = (): readonly Column<Integration>[] => {
  const displayName = useDisplayName();
  const now = Date.now();
  return [
    { label: 'Provider', cell: ({ provider }) => displayName(provider) },
    {
      label: 'Connected by',
      cell: ({ connected_by: by, connected_at: at }) => (
        <>
          {by?.name ?? by?.id ?? UNKNOWN}
          <br />
          <span className="quiet">{ago(at, now)}</span>
        </>
      ),
    },
    { label: 'Workspaces', figures: true, cell: (row) => count(row.enabled_workspace_count) },
    {
      label: 'Models',
      figures: true,
      cell: ({ auto_enable_models: auto, model_count: models }) =>
        auto ? `${count(models)}, and new ones` : count(models),
    },
    { label: 'Last answered', cell: ({ health }) => <LastAnswered health={health} now={now} /> },
  ];
};

const LastAnswered = ({ health, now }: { readonly health: HealthAnswer; readonly now: number }) => (
  <>
    {ago(health.last_success_at, now)}
    {health.last_refusal !== null && (
      <>
        <br />
        <span className="quiet">
          refused {ago(health.last_refusal_at, now)}: {health.last_refusal}
        </span>
      </>
    )}
  </>
);
