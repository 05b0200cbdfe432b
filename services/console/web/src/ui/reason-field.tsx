import { Field } from './field';

interface ReasonFieldProps {
  readonly label?: string;
  readonly required?: boolean;
  /** Where no form reads it, in which it is named `reason`. */
  readonly kept?: { readonly reason: string; readonly onChange: (reason: string) => void };
}

/** Why a change is made: whoever reads the history finds it there. */
export const ReasonField = ({ label = 'Reason', required = false, kept }: ReasonFieldProps) => (
  <Field label={label} optional={!required} help="For the history.">
    {(control) => (
      <input
        {...control}
        name="reason"
        required={required}
        maxLength={512}
        {...(kept && { value: kept.reason, onChange: ({ target }) => kept.onChange(target.value) })}
      />
    )}
  </Field>
);
