import type { WholeLimit } from '@gatehouse/console/limits/whole-limit.schema';
import type { ApiError } from '../api/api-client';
import { Button } from '../ui/button';
import { Field } from '../ui/field';

type Budget = Extract<WholeLimit, { kind: 'budget' }>;
type Rate = Extract<WholeLimit, { kind: 'rate' }>;

const NEW_BUDGET: Budget = { kind: 'budget', unit: 'usd', amount: '', reset: 'monthly', strict: false };
const NEW_RATE: Rate = { kind: 'rate', unit: 'requests', amount: '', per: 'minute' };

interface LimitsEditorProps {
  readonly limits: readonly WholeLimit[];
  readonly onChange: (limits: readonly WholeLimit[]) => void;
  readonly error?: ApiError | null;
  /** What the limits are called in the request: `limits`. */
  readonly field?: string;
}

/** Any number of budgets and rate limits; a call must be admitted by all of them. */
export const LimitsEditor = ({ limits, onChange, error, field = 'limits' }: LimitsEditorProps) => {
  const put = (at: number, limit: WholeLimit) => onChange(limits.map((one, i) => (i === at ? limit : one)));
  return (
    <div className="stack">
      {limits.length === 0 && <p className="quiet">No limits.</p>}
      {limits.map((limit, at) => (
        <fieldset key={at} className="panel">
          <legend className="unseen">
            {limit.kind === 'budget' ? 'Budget' : 'Rate limit'} {at + 1}
          </legend>
          <div className="fields">
            {limit.kind === 'budget' ? (
              <BudgetFields
                limit={limit}
                onChange={(next) => put(at, next)}
                error={error?.of(`${field}[${at}]`)}
              />
            ) : (
              <RateFields
                limit={limit}
                onChange={(next) => put(at, next)}
                error={error?.of(`${field}[${at}]`)}
              />
            )}
          </div>
          <div className="row end">
            <Button kind="bare" onClick={() => onChange(limits.filter((_, i) => i !== at))}>
              Remove {limit.kind === 'budget' ? 'budget' : 'rate limit'} {at + 1}
            </Button>
          </div>
        </fieldset>
      ))}
      <div className="row wrap">
        <Button onClick={() => onChange([...limits, NEW_BUDGET])}>+ Add budget</Button>
        <Button onClick={() => onChange([...limits, NEW_RATE])}>+ Add rate limit</Button>
      </div>
    </div>
  );
};

/** What keeps the limits from being sent; undefined: nothing does. */
export const faultOf = (limits: readonly WholeLimit[]): string | undefined => {
  for (const limit of limits) {
    const pattern = limit.unit === 'usd' ? /^\d+(\.\d{1,9})?$/ : /^[1-9]\d*$/;
    if (!pattern.test(limit.amount))
      return limit.unit === 'usd'
        ? 'A budget in USD is a number such as 25 or 0.50.'
        : 'Tokens and requests are whole numbers.';
    if (limit.kind === 'budget' && limit.reset === 'days' && !isDays(limit.reset_days))
      return 'A reset in days says in how many: 1 to 365.';
  }
  return undefined;
};

const isDays = (days: number | null | undefined): boolean =>
  days !== null && days !== undefined && Number.isInteger(days) && days >= 1 && days <= 365;

interface FieldsProps<Limit> {
  readonly limit: Limit;
  readonly onChange: (limit: Limit) => void;
  readonly error: string | undefined;
}

const BudgetFields = ({ limit, onChange, error }: FieldsProps<Budget>) => (
  <>
    <Field label="Budget of">
      {(control) => (
        <select
          {...control}
          value={limit.unit}
          onChange={(event) => onChange({ ...limit, unit: event.target.value as Budget['unit'] })}
        >
          <option value="usd">Cost in USD</option>
          <option value="tokens">Tokens</option>
        </select>
      )}
    </Field>
    <Field label={limit.unit === 'usd' ? 'Budget limit ($)' : 'Maximum tokens'} error={error}>
      {(control) => (
        <input
          {...control}
          inputMode="decimal"
          autoComplete="off"
          value={limit.amount}
          onChange={(event) => onChange({ ...limit, amount: event.target.value.trim() })}
        />
      )}
    </Field>
    <Field label="Periodic reset">
      {(control) => (
        <select
          {...control}
          value={limit.reset}
          onChange={(event) => onChange({ ...limit, reset: event.target.value as Budget['reset'] })}
        >
          <option value="never">No periodic reset</option>
          <option value="weekly">Reset weekly</option>
          <option value="monthly">Reset monthly</option>
          <option value="days">Reset every so many days</option>
        </select>
      )}
    </Field>
    {limit.reset === 'days' && (
      <Field label="Days">
        {(control) => (
          <input
            {...control}
            type="number"
            min={1}
            max={365}
            value={limit.reset_days ?? ''}
            onChange={({ target }) =>
              onChange({ ...limit, reset_days: target.value === '' ? null : target.valueAsNumber })
            }
          />
        )}
      </Field>
    )}
  </>
);

const RateFields = ({ limit, onChange, error }: FieldsProps<Rate>) => (
  <>
    <Field label="Rate of">
      {(control) => (
        <select
          {...control}
          value={limit.unit}
          onChange={(event) => onChange({ ...limit, unit: event.target.value as Rate['unit'] })}
        >
          <option value="requests">Requests</option>
          <option value="tokens">Tokens</option>
        </select>
      )}
    </Field>
    <Field label={limit.unit === 'requests' ? 'Maximum requests' : 'Maximum tokens'} error={error}>
      {(control) => (
        <input
          {...control}
          inputMode="numeric"
          autoComplete="off"
          value={limit.amount}
          onChange={(event) => onChange({ ...limit, amount: event.target.value.trim() })}
        />
      )}
    </Field>
    <Field label="Per">
      {(control) => (
        <select
          {...control}
          value={limit.per}
          onChange={(event) => onChange({ ...limit, per: event.target.value as Rate['per'] })}
        >
          <option value="minute">Minute</option>
          <option value="hour">Hour</option>
          <option value="day">Day</option>
        </select>
      )}
    </Field>
  </>
);
