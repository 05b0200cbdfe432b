import { useId, useState } from 'react';
import type { ApiError } from '../../api/api-client';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import type { Provider } from '../providers';
import { SecretReferenceField } from './secret-reference-field';

type FormField = Provider['credential_kinds'][number]['form'][number];

interface CredentialFormProps {
  readonly provider: Provider;
  /** Which of the provider's kinds of credential. */
  readonly kind: number;
  /** Without it the kind stays as it is. */
  readonly onKind?: (kind: number) => void;
  readonly local: boolean;
  /** The rest stays as it is. */
  readonly secretsOnly?: boolean;
  readonly error: ApiError | null;
}

const formOf = (provider: Provider, kind: number): readonly FormField[] =>
  provider.credential_kinds[kind]?.form ?? [];

/** The provider's own form, as the catalog describes it. Its fields keep what is typed; nothing else does. */
export const CredentialForm = ({
  provider,
  kind,
  onKind,
  local,
  secretsOnly = false,
  error,
}: CredentialFormProps) => {
  const form = formOf(provider, kind).filter(({ secret }) => secret || !secretsOnly);
  return (
    <fieldset className="stack">
      <legend>Credentials</legend>
      <p className="help">
        Sealed when you go on, and shown to no one again. Opened in the gateway's memory alone, for a call.
      </p>
      {onKind && provider.credential_kinds.length > 1 && (
        <Field label="Authentication" error={error?.of('credential_kind')}>
          {(control) => (
            <select {...control} value={kind} onChange={({ target }) => onKind(Number(target.value))}>
              {provider.credential_kinds.map(({ label }, at) => (
                <option key={label} value={at}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {/* Another kind's fields are others, also where they have the same names. */}
      <div className="fields" key={kind}>
        {form.map((field) =>
          field.secret && field.required ? (
            <SecretField key={field.name} field={field} local={local} error={error} />
          ) : (
            <GivenField key={field.name} field={field} local={local} error={error} />
          ),
        )}
      </div>
      {local && !secretsOnly && <PrivateHost provider={provider} error={error} />}
      {local && <Headers error={error} />}
      {!local && !secretsOnly && provider.custom_host === 'optional' && (
        <details>
          <summary>Optional Fields</summary>
          <CustomHost required={false} error={error} />
        </details>
      )}
    </fieldset>
  );
};

/** Fields that show their own faults. */
export const credentialFields = (provider: Provider, kind: number, local: boolean): readonly string[] => [
  ...formOf(provider, kind).map(nameOf),
  ...formOf(provider, kind).map(({ name }) => `references.${name}`),
  'credential_kind',
  ...(local || provider.custom_host === 'optional' ? ['custom_host'] : []),
  ...(local ? ['headers', 'api'] : []),
];

const nameOf = ({ name, secret }: FormField): string => `${secret ? 'credential' : 'fields'}.${name}`;

interface GivenFieldProps {
  readonly field: FormField;
  readonly local: boolean;
  readonly error: ApiError | null;
}

const GivenField = ({ field, local, error }: GivenFieldProps) => {
  const name = nameOf(field);
  const required = field.required && !local;
  return (
    <Field label={field.label} help={field.help ?? undefined} optional={!required} error={error?.of(name)}>
      {(control) => (
        <input
          {...control}
          name={name}
          type={field.secret ? 'password' : 'text'}
          required={required}
          // The whole value, as the registry reads it.
          pattern={field.pattern ? `(?:${field.pattern})` : undefined}
          title={field.help ?? field.label}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  );
};

/** Typed here, or kept by an outside manager and named. */
const SecretField = (props: GivenFieldProps) => {
  const { name, label } = props.field;
  const id = useId();
  const [isKept, setKept] = useState(false);
  const fault = props.error?.of(`references.${name}`);
  return (
    <div className="stack tight">
      {isKept ? <SecretReferenceField name={name} label={label} error={fault} /> : <GivenField {...props} />}
      <label className="choice">
        <input
          type="checkbox"
          aria-describedby={id}
          checked={isKept}
          onChange={({ target }) => setKept(target.checked)}
        />
        By a secret reference
      </label>
      <span id={id} className="unseen">
        {label}
      </span>
    </div>
  );
};

interface HostProps {
  readonly error: ApiError | null;
}

const CustomHost = ({ required, error }: HostProps & { readonly required: boolean }) => (
  <Field
    label="Custom Host"
    help="Where requests go, the path of the API included: https://models.example.com/v1"
    optional={!required}
    error={error?.of('custom_host')}
  >
    {(control) => <input {...control} name="custom_host" type="url" required={required} autoComplete="off" />}
  </Field>
);

const API_NAMES: Readonly<Record<string, string>> = {
  openai: 'OpenAI',
  'azure-openai': 'Azure OpenAI',
  anthropic: 'Anthropic',
  gemini: 'Google Gemini',
  bedrock: 'Amazon Bedrock',
  cohere: 'Cohere',
};

const PrivateHost = ({ provider, error }: HostProps & { readonly provider: Provider }) => {
  const own = provider.dialects[0];
  return (
    <div className="fields">
      <Field label="API specification" help="What the server speaks." error={error?.of('api')}>
        {(control) => (
          <select {...control} name="api" defaultValue="">
            <option value="">{API_NAMES[own ?? ''] ?? 'Its own'}, as the provider</option>
            {Object.entries(API_NAMES)
              .filter(([api]) => api !== own)
              .map(([api, name]) => (
                <option key={api} value={api}>
                  {name}
                </option>
              ))}
          </select>
        )}
      </Field>
      <CustomHost required error={error} />
    </div>
  );
};

/** Names and values; values are secret as a key is. */
const Headers = ({ error }: HostProps) => {
  const [rows, setRows] = useState<readonly number[]>([]);
  const fault = error?.of('headers');
  return (
    <fieldset className="stack tight">
      <legend>Authentication headers</legend>
      {rows.map((row, at) => (
        <div key={row} className="row wrap">
          <input name="header-name" aria-label={`Header ${at + 1}: name`} required autoComplete="off" />
          <input
            name="header-value"
            aria-label={`Header ${at + 1}: value`}
            type="password"
            required
            autoComplete="off"
          />
          <Button kind="bare" onClick={() => setRows(rows.filter((one) => one !== row))}>
            Remove header {at + 1}
          </Button>
        </div>
      ))}
      {fault !== undefined && <p className="fault">Headers: {fault}</p>}
      <div>
        <Button onClick={() => setRows([...rows, (rows.at(-1) ?? 0) + 1])}>+ Add header</Button>
      </div>
    </fieldset>
  );
};

interface Chosen {
  readonly provider: Provider;
  readonly kind: number;
  readonly local: boolean;
}

/** What a draft takes. */
interface Given {
  readonly provider: string;
  readonly credential: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly references: Readonly<Record<string, { readonly reference: string; readonly member: string }>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly custom_host: string;
  readonly local: boolean;
  readonly credential_kind?: string;
  readonly api?: string;
}

/** What is in the fields. What was left empty says nothing. */
export const givenIn = (form: FormData, { provider, kind, local }: Chosen): Given => {
  const within = (part: string): Record<string, string> =>
    Object.fromEntries(
      [...form].flatMap(([name, value]) =>
        name.startsWith(`${part}.`) && value !== '' ? [[name.slice(part.length + 1), String(value)]] : [],
      ),
    );
  const chosen = provider.credential_kinds[kind]?.kind;
  const api = String(form.get('api') ?? '');
  return {
    provider: provider.name,
    ...(kind > 0 && chosen && { credential_kind: chosen }),
    credential: within('credential'),
    fields: within('fields'),
    headers: headersIn(form),
    references: referencesIn(within('references'), within('members')),
    custom_host: String(form.get('custom_host') ?? ''),
    local: local && !provider.self_hosted,
    ...(local && api !== '' && { api }),
  };
};

const referencesIn = (
  slugs: Readonly<Record<string, string>>,
  members: Readonly<Record<string, string>>,
): Given['references'] =>
  Object.fromEntries(
    Object.entries(slugs).map(([name, reference]) => [name, { reference, member: members[name] ?? '' }]),
  );

const headersIn = (form: FormData): Record<string, string> => {
  const values = form.getAll('header-value');
  return Object.fromEntries(
    form.getAll('header-name').map((name, at) => [String(name), String(values[at] ?? '')]),
  );
};
