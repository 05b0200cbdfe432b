import type { SecretReferenceAnswer } from '@gatehouse/console/secret-references/secret-reference.schema';
import { useAnswer } from '../../api/answers';
import { Field } from '../../ui/field';
import type { Listed } from '../../ui/list';

interface SecretReferenceFieldProps {
  /** Of the secret field that it stands for. */
  readonly name: string;
  readonly label: string;
  readonly error: string | undefined;
}

const LISTED_MAX = 100;

/** Which reference leads to the secret. Gateways read it there, as themselves; it is neither typed nor kept here. */
export const SecretReferenceField = ({ name, label, error }: SecretReferenceFieldProps) => {
  const references = useAnswer<Listed<SecretReferenceAnswer>>('/v1/secret-references', {
    page_size: LISTED_MAX,
  });
  return (
    <>
      <Field label={label} help={helpOf(references.data, references.error?.message)} error={error}>
        {(control) => (
          <select {...control} name={`references.${name}`} required defaultValue="">
            <option value="">Choose a secret reference</option>
            {references.data?.data.map(({ slug, manager_type: manager, secret_path: path }) => (
              <option key={slug} value={slug}>
                {slug} ({manager.replaceAll('_', ' ')}: {path})
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label={`Member of ${label}`}
        optional
        help="Where the secret is a JSON object: which value of it."
      >
        {(control) => <input {...control} name={`members.${name}`} autoComplete="off" spellCheck={false} />}
      </Field>
    </>
  );
};

const helpOf = (listed: Listed<unknown> | undefined, refusal: string | undefined): string => {
  if (refusal !== undefined) return refusal;
  if (listed?.total === 0) return 'There is none yet: `gatehouse reference SLUG --define …` names one.';
  return 'Gateways read it there; Gatehouse keeps its name alone.';
};
