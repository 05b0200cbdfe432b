import { Field } from '../ui/field';
import { FormDialog, said } from '../ui/form-dialog';
import type { WorkspacePanelProps } from './workspace-panel';

interface NewKeyDialogProps extends WorkspacePanelProps {
  readonly onClose: () => void;
  readonly onDone: (made: { readonly key: string }) => void;
}

/** For a service that calls models. Keys that manage the workspace, and those of people, are issued by the command line. */
export const NewKeyDialog = ({ workspace, onClose, onDone }: NewKeyDialogProps) => (
  <FormDialog<{ key: string }>
    title="New API key"
    action="Issue key"
    fields={['name', 'expires_at', 'usage_limits']}
    onClose={onClose}
    onDone={onDone}
    change={(form) => {
      const [budget, reset] = [said(form, 'budget'), said(form, 'reset')];
      const end = said(form, 'end');
      return {
        method: 'POST',
        path: '/v1/api-keys/workspace/service',
        body: {
          name: said(form, 'name'),
          // All that a key which calls models may.
          scopes: [],
          workspace_id: workspace.id,
          expires_at: end === '' ? null : `${end}T00:00:00Z`,
          usage_limits:
            budget === ''
              ? null
              : { type: 'cost', credit_limit: Number(budget), periodic_reset: reset === '' ? null : reset },
        },
      };
    }}
  >
    {(error) => (
      <>
        <Field label="Name" help="Who calls by it." error={error?.of('name')}>
          {(control) => <input {...control} name="name" required maxLength={100} />}
        </Field>
        <div className="row wrap">
          <Field label="Budget of its own ($)" optional error={error?.of('usage_limits')}>
            {(control) => (
              <input {...control} name="budget" inputMode="decimal" pattern="\d+(\.\d{1,9})?" title="USD" />
            )}
          </Field>
          <Field label="Periodic reset">
            {(control) => (
              <select {...control} name="reset" defaultValue="monthly">
                <option value="">No Periodic Reset</option>
                <option value="weekly">Reset Weekly</option>
                <option value="monthly">Reset Monthly</option>
              </select>
            )}
          </Field>
        </div>
        <Field
          label="Ends"
          optional
          help="At the beginning of that day, in UTC."
          error={error?.of('expires_at')}
        >
          {(control) => <input {...control} name="end" type="date" />}
        </Field>
      </>
    )}
  </FormDialog>
);
