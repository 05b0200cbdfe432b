import type { Change } from '../../api/answers';
import { FormDialog, type FormDialogProps, said } from '../../ui/form-dialog';
import { ReasonField } from '../../ui/reason-field';

interface ChangeDialogProps extends Omit<FormDialogProps<object>, 'change'> {
  /** What the form asks for, with the reason that stands in it. */
  readonly change: (form: FormData, reason: string) => Change;
}

/** A change with its reason, for the history. */
export const ChangeDialog = ({ change, children, ...dialog }: ChangeDialogProps) => (
  <FormDialog {...dialog} change={(form) => change(form, said(form, 'reason'))}>
    {(error) => (
      <>
        {children?.(error)}
        <ReasonField />
      </>
    )}
  </FormDialog>
);
