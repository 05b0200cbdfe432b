import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { Notice } from '../../ui/notice';
import type { Deployment } from './connecting';

interface DeploymentsEditorProps {
  readonly deployments: readonly Deployment[];
  readonly onChange: (deployments: readonly Deployment[]) => void;
}

const NEW: Deployment = { alias: '', deployment_name: '', api_version: '', model: '', is_default: false };

/** Of one deployment: the name in requests, and what people read. */
export const DEPLOYMENT_FIELDS = [
  ['alias', 'Alias', 'What callers name as model.'],
  ['deployment_name', 'Deployment name', 'Its name at Azure.'],
  ['api_version', 'API version', 'A date such as 2024-10-21, or v1.'],
  ['model', 'Model', 'The model behind it, which has the price.'],
] as const;

/** Several deployments in one integration, each with an alias of its own, and one of them the default. */
export const DeploymentsEditor = ({ deployments, onChange }: DeploymentsEditorProps) => {
  const put = (at: number, more: Partial<Deployment>) =>
    onChange(deployments.map((one, i) => (i === at ? { ...one, ...more } : one)));
  const remove = (at: number) => onChange(deployments.filter((_, i) => i !== at));
  return (
    <fieldset className="stack">
      <legend>Deployments</legend>
      {deployments.map((deployment, at) => (
        <fieldset key={at} className="panel stack tight">
          <legend className="unseen">Deployment {at + 1}</legend>
          <div className="fields">
            {DEPLOYMENT_FIELDS.map(([name, label, help]) => (
              <Field
                key={name}
                label={label}
                help={help}
                error={name === 'alias' ? faultOfAlias(deployments, at) : undefined}
              >
                {(control) => (
                  <input
                    {...control}
                    required
                    value={deployment[name]}
                    onChange={({ target }) => put(at, { [name]: target.value.trim() })}
                  />
                )}
              </Field>
            ))}
          </div>
          <div className="row wrap spread">
            <label className="choice">
              <input
                type="radio"
                name="default-deployment"
                checked={deployment.is_default}
                onChange={() => onChange(deployments.map((one, i) => ({ ...one, is_default: i === at })))}
              />
              Default
            </label>
            <Button
              kind="bare"
              disabled={deployment.is_default && deployments.length > 1}
              onClick={() => remove(at)}
            >
              Remove deployment {at + 1}
            </Button>
          </div>
          {deployment.is_default && deployments.length > 1 && (
            <p className="help">The default can be removed once another one is it.</p>
          )}
        </fieldset>
      ))}
      {deployments.length === 0 && <Notice>Callers name a deployment by its alias. Add the first.</Notice>}
      <div>
        <Button onClick={() => onChange([...deployments, { ...NEW, is_default: deployments.length === 0 }])}>
          + Add deployment
        </Button>
      </div>
    </fieldset>
  );
};

const faultOfAlias = (deployments: readonly Deployment[], at: number): string | undefined => {
  const alias = deployments[at]?.alias ?? '';
  if (alias === '') return undefined;
  if (!/^[A-Za-z0-9._:-]{1,64}$/.test(alias)) return 'Letters, digits, and . _ : -, at most 64.';
  return deployments.some((one, i) => i < at && one.alias === alias)
    ? 'Another deployment has this alias.'
    : undefined;
};

/** What keeps a form with deployments from going on. */
export const faultOfDeployments = (
  deployments: readonly Deployment[],
  takes: boolean,
): string | undefined => {
  if (!takes) return undefined;
  if (deployments.length === 0) return 'Add a deployment: models are called by them.';
  if (deployments.some((_, at) => faultOfAlias(deployments, at) !== undefined))
    return 'Each deployment has an alias of its own.';
  return deployments.filter((one) => one.is_default).length === 1
    ? undefined
    : 'One deployment is the default.';
};
