import type { PricesAnswer } from '@gatehouse/console/prices/price.schema';
import type { ApiError } from '../../api/api-client';
import { Field } from '../../ui/field';
import { said } from '../../ui/form-dialog';
import { Notice } from '../../ui/notice';

type Rates = PricesAnswer['rates'];

const SHOWN = [
  ['input', 'Input Cost ($)'],
  ['output', 'Output Cost ($)'],
  ['cached_input', 'Cached Input Cost ($)'],
  ['cache_write', 'Cache Write Cost ($)'],
] as const;

interface RatesFieldsProps {
  readonly before: PricesAnswer | null;
  /** Without both no budget in USD could count it. */
  readonly required?: boolean;
  readonly error: ApiError | null;
}

/** What a million tokens of each kind cost. */
export const RatesFields = ({ before, required = false, error }: RatesFieldsProps) => {
  const hasTiers =
    before !== null && (before.tiers.length > 0 || Object.keys(before.service_tiers).length > 0);
  return (
    <>
      <div className="fields">
        {SHOWN.map(([name, label]) => {
          const isMain = name === 'input' || name === 'output';
          return (
            <Field
              key={name}
              label={label}
              help={isMain ? 'Per million tokens.' : 'Per million tokens; as input, where nothing is said.'}
              optional={!(required && isMain)}
              error={error?.of(`rates.${name}`)}
            >
              {(control) => (
                <input
                  {...control}
                  name={`rates.${name}`}
                  inputMode="decimal"
                  pattern="\d+(\.\d{1,9})?"
                  title="A number such as 2.50"
                  required={required && isMain}
                  defaultValue={before?.rates[name] ?? ''}
                  autoComplete="off"
                />
              )}
            </Field>
          );
        })}
      </div>
      {hasTiers && <Notice>These are the costs of every call then: its tiers do not apply any more.</Notice>}
    </>
  );
};

/** What the fields say; what they do not show stays as it was. */
export const ratesIn = (form: FormData, before: PricesAnswer | null): Rates => {
  const rates: Rates = { ...before?.rates };
  for (const [name] of SHOWN) {
    const cost = said(form, `rates.${name}`);
    if (cost === '') delete rates[name];
    else rates[name] = cost;
  }
  return rates;
};
