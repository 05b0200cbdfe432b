import { type FormEvent, type ReactNode, useState } from 'react';
import { type Change, useChange } from '../../api/answers';
import type { ApiError } from '../../api/api-client';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Refusal } from '../../ui/notice';
import { ReasonField } from '../../ui/reason-field';

interface ChangeDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** On the button. */
  readonly action: string;
  readonly danger?: boolean;
  /** What the form asks for, with the reason that stands in it. */
  readonly change: (form: FormData, reason: string) => Change;
  /** Fields that show their own faults. */
  readonly fields?: readonly string[];
  readonly onClose: () => void;
  readonly onDone?: () => void;
  readonly children?: (error: ApiError | null) => ReactNode;
}

/** A change with its reason, for the history. It closes once the change is made. */
export const ChangeDialog = ({
  title,
  description,
  action,
  danger = false,
  change,
  fields = [],
  onClose,
  onDone = onClose,
  children,
}: ChangeDialogProps) => {
  const [reason, setReason] = useState('');
  const asking = useChange(onDone);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void asking.mutate(change(new FormData(event.currentTarget), reason));
  };
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form onSubmit={submit} className="stack" autoComplete="off">
        {children?.(asking.error)}
        <ReasonField reason={reason} onChange={setReason} />
        <Refusal error={asking.error} fields={fields} />
        <div className="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={asking.isPending}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
