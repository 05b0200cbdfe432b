import { Field } from '../../ui/field';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import { integrationPath } from '../paths';

interface DialogProps extends PanelProps {
  readonly onClose: () => void;
}

export const EditDialog = ({ integration, onClose }: DialogProps) => (
  <ChangeDialog
    title="Edit integration"
    description="Its slug stays: developers call it by that."
    action="Save"
    fields={['name', 'description']}
    onClose={onClose}
    change={(form, reason) => ({
      method: 'PUT',
      path: integrationPath(integration.id),
      body: { ...changed(form, integration), reason },
    })}
  >
    {(error) => (
      <>
        <Field label="Integration Name" error={error?.of('name')}>
          {(control) => (
            <input {...control} name="name" required maxLength={100} defaultValue={integration.name} />
          )}
        </Field>
        <Field label="Short Description" optional error={error?.of('description')}>
          {(control) => (
            <input
              {...control}
              name="description"
              maxLength={512}
              defaultValue={integration.description ?? ''}
            />
          )}
        </Field>
      </>
    )}
  </ChangeDialog>
);

/** What was left as it is asks for no change. */
const changed = (
  form: FormData,
  { name, description }: PanelProps['integration'],
): Record<string, string> => {
  const before: Record<string, string> = { name, description: description ?? '' };
  return Object.fromEntries(
    Object.keys(before).flatMap((field) => {
      const after = String(form.get(field) ?? '').trim();
      return after === before[field] ? [] : [[field, after]];
    }),
  );
};
