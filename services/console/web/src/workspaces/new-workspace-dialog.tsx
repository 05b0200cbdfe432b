import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';
import { useLocation } from 'wouter';
import { Field } from '../ui/field';
import { FormDialog, said } from '../ui/form-dialog';
import { workspacePage, WORKSPACES } from './paths';

interface NewWorkspaceDialogProps {
  readonly onClose: () => void;
}

export const NewWorkspaceDialog = ({ onClose }: NewWorkspaceDialogProps) => {
  const [, goTo] = useLocation();
  return (
    <FormDialog<WorkspaceAnswer>
      title="New workspace"
      action="Create workspace"
      fields={['name', 'description']}
      onClose={onClose}
      onDone={({ id }) => goTo(workspacePage(id))}
      change={(form) => ({
        method: 'POST',
        path: WORKSPACES,
        body: { name: said(form, 'name'), description: said(form, 'description') || null },
      })}
    >
      {(error) => (
        <>
          <Field label="Name" error={error?.of('name')}>
            {(control) => <input {...control} name="name" required maxLength={100} />}
          </Field>
          <Field label="What it is for" optional error={error?.of('description')}>
            {(control) => <input {...control} name="description" maxLength={512} />}
          </Field>
        </>
      )}
    </FormDialog>
  );
};
