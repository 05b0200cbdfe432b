import type { OwnIntegrationDetails } from '@gatehouse/console/integrations/own-integration.schema';
import { useAsOpened, useChange } from '../../api/answers';
import { askedAgain } from '../../limits/asked-again';
import { LimitsDialog } from '../../limits/limits-dialog';
import { Dialog } from '../../ui/dialog';
import { Notice, Refusal } from '../../ui/notice';
import { integrationPath } from '../paths';
import type { PanelProps } from './panel-props';

interface DefaultLimitsDialogProps extends PanelProps {
  readonly reason: string;
  readonly onClose: () => void;
}

const DIALOG = {
  title: 'Default Budget & Rate Limits',
  description: 'What each new workspace begins with. Workspaces that are there keep theirs.',
};

/** What workspaces to come begin with, to be changed as it was when it was opened. */
export const DefaultLimitsDialog = ({ integration, reason, onClose }: DefaultLimitsDialogProps) => {
  const { opened, error } = useAsOpened<OwnIntegrationDetails>(integrationPath(integration.id));
  if (opened?.auto_provision)
    return <Editing id={opened.id} policy={opened.auto_provision} reason={reason} onClose={onClose} />;
  return (
    <Dialog {...DIALOG} onClose={onClose}>
      <Refusal error={error} />
      {opened && <Notice>New workspaces no longer get it by themselves.</Notice>}
      {!opened && !error && <p className="quiet">Loading…</p>}
    </Dialog>
  );
};

interface EditingProps extends Omit<DefaultLimitsDialogProps, 'integration'> {
  readonly id: string;
  readonly policy: NonNullable<OwnIntegrationDetails['auto_provision']>;
}

const Editing = ({ id, policy: { limits, models, revision }, reason, onClose }: EditingProps) => {
  const saving = useChange(onClose);
  return (
    <LimitsDialog
      {...DIALOG}
      limits={limits.map(askedAgain)}
      busy={saving.isPending}
      error={saving.error}
      preview={(next) => ({ change: 'auto-provision', integration_id: id, limits: next, models })}
      onClose={onClose}
      onSave={(next) =>
        void saving.mutate({
          method: 'PUT',
          path: integrationPath(id, 'auto-provision'),
          body: { enabled: true, limits: next, models, revision, reason },
        })
      }
    />
  );
};
