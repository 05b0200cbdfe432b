import { Field } from '../ui/field';
import { FormDialog, said } from '../ui/form-dialog';
import { RoleField } from './role-field';
import type { WorkspacePanelProps } from './workspace-panel';

interface InviteDialogProps extends WorkspacePanelProps {
  readonly onClose: () => void;
  readonly onDone: (invited: { readonly invite_link: string }) => void;
}

/** Somebody who is no member of the organization yet. */
export const InviteDialog = ({ workspace, onClose, onDone }: InviteDialogProps) => (
  <FormDialog<{ invite_link: string }>
    title="Invite"
    description="For seven days. Whoever has the token accepts it with `gatehouse invites accept`."
    action="Invite"
    fields={['email']}
    onClose={onClose}
    onDone={onDone}
    change={(form) => ({
      method: 'POST',
      path: '/v1/admin/users/invites',
      body: {
        email: said(form, 'email'),
        role: 'member',
        workspaces: [{ id: workspace.id, role: said(form, 'role') }],
      },
    })}
  >
    {(error) => (
      <>
        <Field label="E-mail" error={error?.of('email')}>
          {(control) => <input {...control} name="email" type="email" required maxLength={254} />}
        </Field>
        <RoleField />
      </>
    )}
  </FormDialog>
);
