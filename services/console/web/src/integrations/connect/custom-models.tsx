import type { ApiError } from '../../api/api-client';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import type { CustomModel } from './connecting';

interface CustomModelsProps {
  readonly custom: readonly CustomModel[];
  readonly onChange: (custom: readonly CustomModel[]) => void;
  readonly error: ApiError | null;
}

const NEW: CustomModel = { name: '', context_window: 128_000, max_output_tokens: 4_096 };

const COUNTS = [
  ['context_window', 'Context window', 'Tokens, input and output together.'],
  ['max_output_tokens', 'Maximum output', 'Tokens of one answer.'],
] as const;

const PRICES = [
  ['input_usd_per_million', 'Input Cost ($)'],
  ['output_usd_per_million', 'Output Cost ($)'],
] as const;

/** Models that the catalog does not know, with prices of their own. */
export const CustomModels = ({ custom, onChange, error }: CustomModelsProps) => {
  const put = (at: number, more: Partial<CustomModel>) =>
    onChange(custom.map((one, i) => (i === at ? { ...one, ...more } : one)));
  return (
    <fieldset className="stack tight">
      <legend>Custom models</legend>
      {custom.map((model, at) => {
        const of = (field: string) => error?.of(`custom_models[${at}].${field}`);
        return (
          <fieldset key={at} className="panel stack tight">
            <legend className="unseen">Custom model {at + 1}</legend>
            <div className="fields">
              <Field label="Model Slug" help="Its name at the provider." error={of('name')}>
                {(control) => (
                  <input
                    {...control}
                    value={model.name}
                    onChange={({ target }) => put(at, { name: target.value.trim() })}
                  />
                )}
              </Field>
              {COUNTS.map(([name, label, help]) => (
                <Field key={name} label={label} help={help} error={of(name)}>
                  {(control) => (
                    <input
                      {...control}
                      type="number"
                      min={1}
                      value={Number.isNaN(model[name]) ? '' : model[name]}
                      onChange={({ target }) => put(at, { [name]: target.valueAsNumber })}
                    />
                  )}
                </Field>
              ))}
              {PRICES.map(([name, label]) => (
                <Field key={name} label={label} help="Per million tokens." optional error={of(name)}>
                  {(control) => (
                    <input
                      {...control}
                      inputMode="decimal"
                      value={model[name] ?? ''}
                      onChange={({ target }) => put(at, { [name]: target.value.trim() || null })}
                    />
                  )}
                </Field>
              ))}
            </div>
            <p className="help">Without both costs its price is unknown, and a budget in USD refuses it.</p>
            <div className="row end">
              <Button kind="bare" onClick={() => onChange(custom.filter((_, i) => i !== at))}>
                Remove custom model {at + 1}
              </Button>
            </div>
          </fieldset>
        );
      })}
      <div>
        <Button onClick={() => onChange([...custom, NEW])}>+ Add Model</Button>
      </div>
    </fieldset>
  );
};
