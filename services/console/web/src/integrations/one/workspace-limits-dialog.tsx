import { useState } from 'react';
import { useChange } from '../../api/answers';
import { askedAgain } from '../../limits/asked-again';
import { LimitsDialog } from '../../limits/limits-dialog';
import { ReasonField } from '../../ui/reason-field';
import type { OfOne } from './provisioned';

interface WorkspaceLimitsDialogProps extends OfOne {
  readonly path: string;
  readonly onClose: () => void;
}

/** What one workspace may spend with the integration. */
export const WorkspaceLimitsDialog = ({
  provisioned: { workspace, provision_id: provision, limits },
  path,
  onClose,
}: WorkspaceLimitsDialogProps) => {
  const [reason, setReason] = useState('');
  const saving = useChange(onClose);
  return (
    <LimitsDialog
      title="Edit Budget & Rate Limits"
      description={`Of ${workspace.name} with this integration, and of nothing else.`}
      limits={limits.map(askedAgain)}
      busy={saving.isPending}
      error={saving.error}
      preview={(next) => ({ change: 'provision-limits', provision_id: provision, limits: next })}
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
