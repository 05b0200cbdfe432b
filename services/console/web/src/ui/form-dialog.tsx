import type { FormEvent, ReactNode } from 'react';
import { type Change, useChange } from '../api/answers';
import type { ApiError } from '../api/api-client';
import { Button } from './button';
import { Dialog } from './dialog';
import { Refusal } from './notice';

export interface FormDialogProps<Answer> {
  readonly title: string;
  readonly description?: ReactNode;
  /** On the button. */
  readonly action: string;
  readonly danger?: boolean;
  /** What is said so far cannot be asked for. */
  readonly blocked?: boolean;
  /** What the form asks for. */
  readonly change: (form: FormData) => Change;
  /** Fields that show their own faults. */
  readonly fields?: readonly string[];
  readonly onClose: () => void;
  readonly onDone?: (answer: Answer) => void;
  readonly children?: (error: ApiError | null) => ReactNode;
}

/** A change that a form says. It closes once the change is made. */
export const FormDialog = <Answer extends object>({
  title,
  description,
  action,
  danger = false,
  blocked = false,
  change,
  fields = [],
  onClose,
  onDone = onClose,
  children,
}: FormDialogProps<Answer>) => {
  const asking = useChange<Answer>(onDone);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    asking.mutate(change(new FormData(event.currentTarget)));
  };
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form onSubmit={submit} className="stack" autoComplete="off">
        {children?.(asking.error)}
        <Refusal error={asking.error} fields={fields} />
        <div className="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            kind={danger ? 'danger' : 'primary'}
            busy={asking.isPending}
            disabled={blocked}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

/** What a field of a form says, without what surrounds it. */
export const said = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();
