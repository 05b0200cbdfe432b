import { Field } from './field';

interface ReasonFieldProps {
  readonly reason: string;
  readonly onChange: (reason: string) => void;
  readonly label?: string;
}

/** Why a change is made: whoever reads the history finds it there. */
export const ReasonField = ({ reason, onChange, label = 'Reason' }: ReasonFieldProps) => (
  <Field label={label} optional help="For the history.">
    {(control) => (
      <input {...control} maxLength={512} value={reason} onChange={({ target }) => onChange(target.value)} />
    )}
  </Field>
);
