import type { IntegrationModelAnswer } from '@gatehouse/console/integrations/own-integration.schema';
import { useState } from 'react';
import type { ApiError } from '../../api/api-client';
import { Field } from '../../ui/field';
import { said } from '../../ui/form-dialog';
import { integrationPath } from '../paths';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import { RatesFields, ratesIn } from './rates-fields';

interface CustomModelDialogProps extends PanelProps {
  /** Absent: another one. */
  readonly model?: IntegrationModelAnswer;
  readonly onClose: () => void;
}

const COUNTS = [
  ['context_window', 'Context window', 'Tokens, input and output together.'],
  ['max_output_tokens', 'Maximum output', 'Tokens of one answer.'],
] as const;

/** A model that the catalog does not know: one of the organization's own, or a known one that was trained further. */
export const CustomModelDialog = ({ integration, model, onClose }: CustomModelDialogProps) => {
  const [isTuned, setTuned] = useState(model?.fine_tuned ?? false);
  const [base, setBase] = useState(model?.base_model ?? '');
  // What it has from its base model is not its own.
  const before = model?.price_layer === 'custom' ? model.prices : null;
  return (
    <ChangeDialog
      title={model ? `Edit ${model.name}` : 'Add model'}
      description="It is offered at once, and called by its name."
      action={model ? 'Save' : 'Add'}
      fields={['name', 'base_model', 'context_window', 'max_output_tokens', 'rates']}
      onClose={onClose}
      change={(form, reason) => ({
        method: 'PUT',
        path: integrationPath(integration.id, 'custom-models'),
        body: {
          name: model?.name ?? said(form, 'name'),
          base_model: base,
          fine_tuned: isTuned,
          kind: model?.kind ?? null,
          ...Object.fromEntries(COUNTS.map(([name]) => [name, tokensIn(said(form, name))])),
          rates: ratesOrNone(ratesIn(form, before)),
          reason,
        },
      })}
    >
      {(error) => (
        <>
          <Field label="Model Slug" help="Its name at the provider." error={error?.of('name')}>
            {(control) => (
              <input
                {...control}
                name="name"
                required
                maxLength={256}
                disabled={model !== undefined}
                defaultValue={model?.name}
                autoComplete="off"
                spellCheck={false}
              />
            )}
          </Field>
          <FactsFields model={model} kind={{ isTuned, setTuned, base, setBase }} error={error} />
          <RatesFields before={before} error={error} />
          <p className="help">
            Without input and output costs, its own or its base model’s, its price is unknown, and a budget in
            USD refuses it. What is fine-tuned costs something else than its base model.
          </p>
        </>
      )}
    </ChangeDialog>
  );
};

interface FactsFieldsProps {
  readonly model: IntegrationModelAnswer | undefined;
  readonly kind: {
    readonly isTuned: boolean;
    readonly setTuned: (isTuned: boolean) => void;
    readonly base: string;
    readonly setBase: (base: string) => void;
  };
  readonly error: ApiError | null;
}

const FactsFields = ({ model, kind: { isTuned, setTuned, base, setBase }, error }: FactsFieldsProps) => (
  <div className="fields">
    <Field label="Model Type">
      {(control) => (
        <select
          {...control}
          value={isTuned ? 'tuned' : 'custom'}
          onChange={({ target }) => setTuned(target.value === 'tuned')}
        >
          <option value="custom">Custom</option>
          <option value="tuned">Fine-tuned</option>
        </select>
      )}
    </Field>
    <Field
      label="Base Model"
      optional={!isTuned}
      help="Of the catalog. What is not said below is as of this one."
      error={error?.of('base_model')}
    >
      {(control) => (
        <input
          {...control}
          required={isTuned}
          value={base}
          onChange={({ target }) => setBase(target.value.trim())}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
    {COUNTS.map(([name, label, help]) => (
      <Field key={name} label={label} help={help} optional={base !== ''} error={error?.of(name)}>
        {(control) => (
          <input
            {...control}
            name={name}
            type="number"
            min={1}
            required={base === ''}
            defaultValue={model?.[name] ?? ''}
          />
        )}
      </Field>
    ))}
  </div>
);

const tokensIn = (text: string): number | null => (text === '' ? null : Number(text));

const ratesOrNone = (rates: object): object | null => (Object.keys(rates).length === 0 ? null : rates);
