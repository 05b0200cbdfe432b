import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { useChange } from '../../api/answers';
import { ConfiguredLimitsDialog } from '../../limits/configured-limits-dialog';
import { limitInWords } from '../../limits/limit-words';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { List } from '../../ui/list';
import { Refusal } from '../../ui/notice';
import { ReasonField } from '../../ui/reason-field';
import { Toggle } from '../../ui/toggle';
import { count, counted, moment, usd } from '../../ui/words';
import { integrationPath } from '../paths';
import { AllWorkspacesSection } from './all-workspaces-section';
import { AutoProvisionSection } from './auto-provision-section';
import type { PanelProps } from './panel-props';
import type { OfOne, Provisioned } from './provisioned';
import { WithdrawDialog } from './withdraw-dialog';
import { WorkspaceModelsDialog } from './workspace-models-dialog';

type Open = { readonly dialog: 'limits' | 'models' | 'withdraw'; readonly provisioned: Provisioned };

/** Every workspace of the organization, and what it has of this integration. */
export const WorkspacesPanel = ({ integration }: PanelProps) => {
  const havingOnly = useSearchParams()[0].get('having') === 'true';
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const [reason, setReason] = useState('');
  const toggling = useChange();
  const path = integrationPath(integration.id, 'workspaces');
  /** With the limits that it has, or had. */
  const enable = ({ workspace: { id } }: Provisioned) =>
    toggling.mutate({
      method: 'PUT',
      path,
      body: { workspaces: [{ workspace_id: id, enabled: true }], reason },
    });
  return (
    <>
      <ReasonField label="Reason for what is changed below" kept={{ reason, onChange: setReason }} />
      {integration.workspace === null && (
        <>
          <AllWorkspacesSection integration={integration} />
          <AutoProvisionSection integration={integration} reason={reason} />
        </>
      )}
      <Refusal error={toggling.error} />
      <List<Provisioned>
        caption="Workspaces"
        path={path}
        query={{ access: havingOnly ? 'enabled' : undefined }}
        // Those that have it are listed, and not searched.
        {...(!havingOnly && { search: 'Search workspace' })}
        filters={<HavingToggle havingOnly={havingOnly} />}
        keyOf={({ workspace }) => workspace.id}
        columns={[
          {
            label: 'Workspace',
            cell: (row) => (
              <Toggle
                label={row.workspace.name}
                checked={row.enabled}
                disabled={toggling.isPending}
                onChange={(on) => (on ? void enable(row) : setOpen({ dialog: 'withdraw', provisioned: row }))}
              />
            ),
          },
          { label: 'Status', cell: (row) => <ProvisionStatus provisioned={row} /> },
          { label: 'Limits', cell: (row) => <Limits provisioned={row} /> },
          { label: 'Models', cell: (row) => <Models provisioned={row} /> },
          {
            label: 'Change',
            cell: (row) => <Actions provisioned={row} onOpen={setOpen} />,
          },
        ]}
        empty={<EmptyState title={havingOnly ? 'No workspace has it.' : 'There is no workspace yet.'} />}
      />
      {open?.dialog === 'limits' && <LimitsOfOne {...open} onClose={close} />}
      {open?.dialog === 'models' && (
        <WorkspaceModelsDialog {...open} integration={integration} onClose={close} />
      )}
      {open?.dialog === 'withdraw' && <WithdrawDialog {...open} integration={integration} onClose={close} />}
    </>
  );
};

const HavingToggle = ({ havingOnly }: { readonly havingOnly: boolean }) => {
  const [, setParams] = useSearchParams();
  return (
    <Toggle
      label="Only those that have it"
      checked={havingOnly}
      onChange={(on) => setParams({ tab: 'workspaces', ...(on && { having: 'true' }) })}
    />
  );
};

interface ActionsProps extends OfOne {
  readonly onOpen: (open: Open) => void;
}

const Actions = ({ provisioned, onOpen }: ActionsProps) => {
  const { enabled, workspace } = provisioned;
  return (
    <span className="row wrap">
      <Button
        disabled={!enabled}
        aria-label={`Edit Budget & Rate Limits of ${workspace.name}`}
        onClick={() => onOpen({ dialog: 'limits', provisioned })}
      >
        Edit Budget & Rate Limits
      </Button>
      {enabled && (
        <Button
          aria-label={`Edit models of ${workspace.name}`}
          onClick={() => onOpen({ dialog: 'models', provisioned })}
        >
          Edit models
        </Button>
      )}
    </span>
  );
};

interface LimitsOfOneProps extends OfOne {
  readonly onClose: () => void;
}

/** What one workspace may spend with the integration. */
const LimitsOfOne = ({ provisioned: { workspace, provision_id: scope }, onClose }: LimitsOfOneProps) =>
  scope !== null && (
    <ConfiguredLimitsDialog
      title="Edit Budget & Rate Limits"
      description={`Of ${workspace.name} with this integration, and of nothing else.`}
      scope={scope}
      onClose={onClose}
    />
  );

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

const Models = ({ provisioned: { provision_id: id, models } }: OfOne) => {
  if (id === null) return '–';
  return models === null ? 'all' : counted(models.length, 'model');
};

/** `$0.25 spent, resets Dec 1, 2026, 00:00 UTC`. */
const spentInWords = ({ unit, spent, resets_at: resets }: Provisioned['limits'][number]): string => {
  const amount = unit === 'usd' ? usd(spent) : count(spent);
  return `${amount} spent${resets === null ? '' : `, resets ${moment(resets)}`}`;
};
