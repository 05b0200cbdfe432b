import type { WorkspaceOfIntegration } from '@gatehouse/console/integrations/own-workspaces.schema';
import { useState } from 'react';
import { useChange } from '../../api/answers';
import { askedAgain } from '../../limits/asked-again';
import { limitInWords } from '../../limits/limit-words';
import { LimitsDialog } from '../../limits/limits-dialog';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { List } from '../../ui/list';
import { Refusal } from '../../ui/notice';
import { ReasonField } from '../../ui/reason-field';
import { Toggle } from '../../ui/toggle';
import { count, moment, usd } from '../../ui/words';
import { integrationPath } from '../paths';
import { AutoProvisionSection } from './auto-provision-section';
import type { PanelProps } from './details-panel';

type Provisioned = WorkspaceOfIntegration;

/** Every workspace of the organization, and what it has of this integration. */
export const WorkspacesPanel = ({ integration }: PanelProps) => {
  const [edited, setEdited] = useState<Provisioned>();
  const [reason, setReason] = useState('');
  const toggling = useChange();
  const path = integrationPath(integration.id, 'workspaces');
  /** Its limits stay as they are. */
  const toggle = ({ workspace: { id } }: Provisioned, enabled: boolean) =>
    toggling.mutate({ method: 'PUT', path, body: { workspaces: [{ workspace_id: id, enabled }], reason } });
  return (
    <>
      <ReasonField label="Reason for what is changed below" kept={{ reason, onChange: setReason }} />
      <Refusal error={toggling.error} />
      <List<Provisioned>
        caption="Workspaces"
        path={path}
        search="Search workspace"
        keyOf={({ workspace }) => workspace.id}
        columns={[
          {
            label: 'Workspace',
            cell: (row) => (
              <Toggle
                label={row.workspace.name}
                checked={row.enabled}
                disabled={toggling.isPending}
                onChange={(on) => void toggle(row, on)}
              />
            ),
          },
          { label: 'Status', cell: (row) => <ProvisionStatus provisioned={row} /> },
          { label: 'Limits', cell: (row) => <Limits provisioned={row} /> },
          {
            label: 'Change',
            cell: (row) => (
              <Button
                disabled={!row.enabled}
                aria-label={`Edit Budget & Rate Limits of ${row.workspace.name}`}
                onClick={() => setEdited(row)}
              >
                Edit Budget & Rate Limits
              </Button>
            ),
          },
        ]}
        empty={<EmptyState title="There is no workspace yet." />}
      />
      {integration.workspace === null && <AutoProvisionSection integration={integration} />}
      {edited && <EditLimits provisioned={edited} path={path} onClose={() => setEdited(undefined)} />}
    </>
  );
};

interface OfOne {
  readonly provisioned: Provisioned;
}

const ProvisionStatus = ({ provisioned: { enabled, exhausted, limits } }: OfOne) => {
  if (!enabled) return <span className="badge">disabled</span>;
  if (!exhausted) return <span className="badge good">enabled</span>;
  const resets = limits.find((limit) => limit.exhausted === true)?.resets_at ?? null;
  return <span className="badge bad">exhausted{resets === null ? '' : ` until ${moment(resets)}`}</span>;
};

const Limits = ({ provisioned: { provision_id: id, limits } }: OfOne) => {
  if (id === null) return '–';
  if (limits.length === 0) return 'no limits';
  return (
    <ul>
      {limits.map((limit) => (
        <li key={limit.id}>
          {limitInWords(limit)} <span className="quiet">{spentInWords(limit)}</span>
        </li>
      ))}
    </ul>
  );
};

/** `$0.25 spent, resets Dec 1, 2026, 00:00 UTC`. */
const spentInWords = ({ unit, spent, resets_at: resets }: Provisioned['limits'][number]): string => {
  const amount = unit === 'usd' ? usd(spent) : count(spent);
  return `${amount} spent${resets === null ? '' : `, resets ${moment(resets)}`}`;
};

interface EditLimitsProps extends OfOne {
  readonly path: string;
  readonly onClose: () => void;
}

const EditLimits = ({ provisioned: { workspace, limits }, path, onClose }: EditLimitsProps) => {
  const [reason, setReason] = useState('');
  const saving = useChange(onClose);
  return (
    <LimitsDialog
      title="Edit Budget & Rate Limits"
      description={`Of ${workspace.name} with this integration, and of nothing else.`}
      limits={limits.map(askedAgain)}
      busy={saving.isPending}
      error={saving.error}
      onClose={onClose}
      onSave={(next) =>
        void saving.mutate({
          method: 'PUT',
          path,
          body: { workspaces: [{ workspace_id: workspace.id, enabled: true, limits: next }], reason },
        })
      }
    >
      <ReasonField kept={{ reason, onChange: setReason }} />
    </LimitsDialog>
  );
};
