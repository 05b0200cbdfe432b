import { Field } from './field';

interface ReasonInputProps {
  readonly required?: boolean;
}

/** Named `reason` in its form: whoever reads the history finds it there. */
export const ReasonInput = ({ required = false }: ReasonInputProps) => (
  <Field label="Reason" optional={!required} help="For the history.">
    {(control) => <input {...control} name="reason" required={required} maxLength={512} />}
  </Field>
);
