import { useState } from 'react';
import { useChange } from '../../api/answers';
import { LimitsDialog } from '../../limits/limits-dialog';
import { Button } from '../../ui/button';
import { ReasonField } from '../../ui/reason-field';
import { Toggle } from '../../ui/toggle';
import { integrationPath } from '../paths';
import { BulkProgress } from './bulk-progress';
import type { PanelProps } from './panel-props';
import { SwitchDialog } from './switch-dialog';

type Open = 'give' | 'switch';

/** What is done for every workspace at once. */
export const AllWorkspacesSection = ({ integration }: PanelProps) => {
  const [open, setOpen] = useState<Open>();
  const [bulk, setBulk] = useState<string | null>(null);
  const close = () => setOpen(undefined);
  return (
    <section className="panel stack tight" aria-label="All workspaces">
      <div className="row wrap spread">
        <span>
          <strong>All workspaces</strong> <span className="quiet">at once, however many there are</span>
        </span>
        <span className="row wrap">
          <Button onClick={() => setOpen('give')}>Provision to all…</Button>
          <Button onClick={() => setOpen('switch')}>
            {integration.status === 'disabled' ? 'Enable for all…' : 'Disable for all…'}
          </Button>
        </span>
      </div>
      {bulk !== null && <BulkProgress key={bulk} bulk={bulk} />}
      {open === 'give' && (
        <GiveToAllDialog
          integration={integration}
          onClose={close}
          onDone={(id) => {
            setBulk(id);
            close();
          }}
        />
      )}
      {open === 'switch' && <SwitchDialog integration={integration} onClose={close} />}
    </section>
  );
};

interface GiveToAllDialogProps extends PanelProps {
  readonly onClose: () => void;
  readonly onDone: (bulk: string | null) => void;
}

const GiveToAllDialog = ({ integration, onClose, onDone }: GiveToAllDialogProps) => {
  const [reason, setReason] = useState('');
  const [override, setOverride] = useState(false);
  const giving = useChange<{ bulk_id: string | null }>(({ bulk_id: id }) => onDone(id));
  return (
    <LimitsDialog
      title="Provision to all workspaces"
      description="Each gets it with limits of its own, which are these. Where it is disabled for a workspace, that stays."
      action="Provision to all"
      limits={[]}
      busy={giving.isPending}
      error={giving.error}
      preview={(limits) => ({
        ...{ change: 'bulk-provision', integration_id: integration.id, limits },
        existing: override ? 'override' : 'keep',
      })}
      onClose={onClose}
      onSave={(limits) =>
        void giving.mutate({
          method: 'PUT',
          path: integrationPath(integration.id, 'workspaces'),
          body: { all: { limits, existing: override ? 'override' : 'keep' }, reason },
        })
      }
    >
      <Toggle
        label="Also those that have it already"
        help="Their limits become these, and all models; what they have spent of the same kind of limit stays."
        checked={override}
        onChange={setOverride}
      />
      <ReasonField kept={{ reason, onChange: setReason }} />
    </LimitsDialog>
  );
};
