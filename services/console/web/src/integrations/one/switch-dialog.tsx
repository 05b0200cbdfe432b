import { HitWorkspaces } from '../../previews/hit-workspaces';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import { integrationPath } from '../paths';

interface DialogProps extends PanelProps {
  readonly onClose: () => void;
}

/** Disables it for everybody, or enables it again. */
export const SwitchDialog = ({ integration, onClose }: DialogProps) => {
  const enabled = integration.status === 'disabled';
  return (
    <ChangeDialog
      title={enabled ? 'Enable integration' : 'Disable integration'}
      description={
        enabled
          ? 'Whoever had it can call it again.'
          : 'Nobody can call it then. Provisions and limits stay as they are.'
      }
      action={enabled ? 'Enable' : 'Disable'}
      danger={!enabled}
      onClose={onClose}
      change={(_form, reason) => ({
        method: 'PUT',
        path: integrationPath(integration.id),
        body: { enabled, reason },
      })}
    >
      {() => !enabled && <HitWorkspaces integration={integration.id} change="disable" />}
    </ChangeDialog>
  );
};
