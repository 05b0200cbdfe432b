import { CredentialForm, credentialFields, givenIn } from '../connect/credential-form';
import { HitWorkspaces } from '../../previews/hit-workspaces';
import type { Provider } from '../providers';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import { integrationPath } from '../paths';

interface DialogProps extends PanelProps {
  readonly provider: Provider;
  readonly onClose: () => void;
}

/** A new credential of the same kind, in place of one that nobody sees. The page forgets it once it is sent. */
export const RotateDialog = ({ integration, provider, onClose }: DialogProps) => {
  const found = provider.credential_kinds.findIndex(({ kind }) => kind === integration.credential_kind);
  const chosen = { provider, kind: Math.max(found, 0), local: integration.local };
  return (
    <ChangeDialog
      title="Replace credentials"
      description="The new ones are used from the next call on; the old ones are destroyed."
      action="Replace"
      fields={credentialFields(provider, chosen.kind, chosen.local)}
      onClose={onClose}
      change={(form, reason) => {
        const { credential, headers, references } = givenIn(form, chosen);
        return {
          method: 'POST',
          path: integrationPath(integration.id, 'rotate'),
          body: { credential, headers, references, reason },
        };
      }}
    >
      {(error) => (
        <>
          <CredentialForm {...chosen} secretsOnly error={error} />
          <HitWorkspaces integration={integration.id} change="rotate" />
        </>
      )}
    </ChangeDialog>
  );
};
