import { counted } from '../../ui/words';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './details-panel';
import { integrationPath } from '../paths';

interface DialogProps extends PanelProps {
  readonly onClose: () => void;
}

/** Disables it for everybody, or enables it again. */
export const SwitchDialog = ({ integration, onClose }: DialogProps) => {
  const enabled = integration.status === 'disabled';
  const workspaces = integration.enabled_workspace_count;
  return (
    <ChangeDialog
      title={enabled ? 'Enable integration' : 'Disable integration'}
      description={
        enabled
          ? 'Whoever had it can call it again.'
          : `Nobody can call it then: ${workspaces === null ? 'an unknown number of workspaces' : counted(workspaces, 'workspace')} of now. Provisions and limits stay as they are.`
      }
      action={enabled ? 'Enable' : 'Disable'}
      danger={!enabled}
      onClose={onClose}
      change={(_form, reason) => ({
        method: 'PUT',
        path: integrationPath(integration.id),
        body: { enabled, reason },
      })}
    />
  );
};
