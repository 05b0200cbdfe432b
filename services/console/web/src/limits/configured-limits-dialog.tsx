import type { ConfiguredLimitsAnswer } from '@gatehouse/console/configured-limits/configured-limits.schema';
import { useState } from 'react';
import { useAsOpened, useChange } from '../api/answers';
import { pathOf } from '../api/api-client';
import type { PreviewedChange } from '../previews/change-preview';
import { Dialog } from '../ui/dialog';
import { Refusal } from '../ui/notice';
import { ReasonField } from '../ui/reason-field';
import { askedAgain } from './asked-again';
import { LimitsDialog } from './limits-dialog';

interface ConfiguredLimitsDialogProps {
  readonly title: string;
  readonly description: string;
  /** Id of a provision, workspace, API key, integration or organization. */
  readonly scope: string;
  readonly onClose: () => void;
}

/** All the limits that somebody or something carries, to be changed as they were when it was opened. */
export const ConfiguredLimitsDialog = ({ scope, ...dialog }: ConfiguredLimitsDialogProps) => {
  const path = pathOf('/v1/gatehouse/scopes', scope, 'configured-limits');
  const { opened, error } = useAsOpened<ConfiguredLimitsAnswer>(path);
  if (opened) return <Editing {...dialog} path={path} standing={opened} />;
  return <Dialog {...dialog}>{error ? <Refusal error={error} /> : <p className="quiet">Loading…</p>}</Dialog>;
};

interface EditingProps extends Omit<ConfiguredLimitsDialogProps, 'scope'> {
  readonly path: string;
  readonly standing: ConfiguredLimitsAnswer;
}

const Editing = ({ path, standing, ...dialog }: EditingProps) => {
  const { limits, revision, scope_id: scope } = standing;
  const [reason, setReason] = useState('');
  const saving = useChange(dialog.onClose);
  return (
    <LimitsDialog
      {...dialog}
      limits={limits.map(askedAgain)}
      busy={saving.isPending}
      error={saving.error}
      preview={(next) => ({ ...previewedOf(scope), limits: next })}
      onSave={(next) => void saving.mutate({ method: 'PUT', path, body: { limits: next, revision, reason } })}
    >
      <ReasonField kept={{ reason, onChange: setReason }} />
    </LimitsDialog>
  );
};

/** What a change of limits is called, by the kind of thing that carries them, which its id begins with. */
const previewedOf = (scope: string): PreviewedChange => {
  const [kind = ''] = scope.split('_');
  switch (kind) {
    case 'prv':
      return { change: 'provision-limits', provision_id: scope };
    case 'ws':
      return { change: 'workspace-limits', workspace_id: scope };
    case 'key':
      return { change: 'api-key-limits', api_key_id: scope };
    case 'int':
      return { change: 'integration-limits', integration_id: scope };
    default:
      return { change: 'organization-limits' };
  }
};
