import type { CatalogModelAnswer } from '@gatehouse/console/catalog/catalog.schema';
import { useState } from 'react';
import { useAnswer } from '../../api/answers';
import { type ApiError, pathOf } from '../../api/api-client';
import { Button } from '../../ui/button';
import type { Listed } from '../../ui/list';
import { Notice, Refusal } from '../../ui/notice';
import { SearchField } from '../../ui/search-field';
import { Toggle } from '../../ui/toggle';
import { count, UNKNOWN, usd } from '../../ui/words';
import type { Provider } from '../providers';
import type { StepProps } from './step-props';
import type { Connecting, Deployment } from './connecting';
import { CustomModels } from './custom-models';

interface Offered {
  /** Of the catalog, which is whole. */
  readonly all: readonly CatalogModelAnswer[];
  readonly chosen: ReadonlySet<string>;
  /** As a creation takes them: null is all. Undefined: nothing is chosen, and no model could be called. */
  readonly models: readonly string[] | null | undefined;
  readonly isPending: boolean;
  readonly error: ApiError | null;
}

/** What the integration is to offer, as far as it has been said. */
export const useOffered = (provider: Provider, said: Connecting): Offered => {
  const answer = useAnswer<Listed<CatalogModelAnswer>>(
    pathOf('/v1/gatehouse/providers', provider.name, 'models'),
  );
  const all = answer.data?.data ?? [];
  const chosen = said.models ?? new Set(all.filter(({ withdrawn }) => !withdrawn).map(({ name }) => name));
  const byName = isByName(provider, said);
  const offersNothing = byName && chosen.size === 0 && said.custom.length === 0;
  const named = byName ? [...chosen] : null;
  const { isPending, error } = answer;
  return { all, chosen, models: offersNothing ? undefined : named, isPending, error };
};

const isByName = (provider: Provider, said: Connecting): boolean =>
  !said.autoEnable && !provider.takes_deployments;

interface ModelsFieldsProps extends Pick<StepProps, 'provider' | 'said' | 'say'> {
  readonly offered: Offered;
  readonly error: ApiError | null;
}

/** Which models are offered, and those that the catalog does not know. */
export const ModelsFields = ({ provider, said, say, offered, error }: ModelsFieldsProps) => {
  const { all, chosen, models } = offered;
  return (
    <>
      <Notice>
        {provider.explicit_models_advised
          ? `An explicit list is advised for ${provider.display_name}: what you have tuned or deployed there is among its models, and would be offered too.`
          : `Of ${provider.display_name} enabling new models automatically saves work. Budgets bound what they cost either way.`}
      </Notice>
      <Toggle
        label="Automatically enable new models from this provider"
        help="Every model of the provider can be called, now and later, until you revoke it."
        checked={said.autoEnable}
        onChange={(autoEnable) => say({ autoEnable })}
      />
      <Refusal error={offered.error} />
      {provider.takes_deployments && <OfferedDeployments deployments={said.deployments} models={all} />}
      {isByName(provider, said) && all.length > 0 && (
        <ModelChoice models={all} chosen={chosen} onChange={(names) => say({ models: names })} />
      )}
      <CustomModels custom={said.custom} onChange={(custom) => say({ custom })} error={error} />
      {models === undefined && <Notice>Nothing is chosen: no model could be called.</Notice>}
    </>
  );
};

interface OfferedDeploymentsProps {
  readonly deployments: readonly Deployment[];
  /** Of the catalog, which has the prices. */
  readonly models: readonly CatalogModelAnswer[];
}

/** What callers can name. */
const OfferedDeployments = ({ deployments, models }: OfferedDeploymentsProps) => (
  <section className="stack tight" aria-label="Models">
    <p>
      Callers name deployments by their aliases, each of which is offered. Prices are those of the models
      behind.
    </p>
    <ul className="rows">
      {deployments.map(({ alias, model, is_default: isDefault }) => {
        const behind = models.find(({ name }) => name === model);
        return (
          <li key={alias} className="row wrap spread">
            <span className="row wrap">
              <code>{alias}</code>
              {isDefault && <span className="badge good">Default</span>}
            </span>
            <span className="quiet">
              {model}; {behind ? describeModel(behind) : 'price unknown, unless it is a custom model'}
            </span>
          </li>
        );
      })}
    </ul>
  </section>
);

interface ModelChoiceProps {
  readonly models: readonly CatalogModelAnswer[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

const SHOWN_MAX = 200;

/** The catalog's list of one provider, which is whole and searched here. */
const ModelChoice = ({ models, chosen, onChange }: ModelChoiceProps) => {
  const [search, setSearch] = useState('');
  const found = models.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const toggle = (name: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(name);
    else next.delete(name);
    onChange(next);
  };
  return (
    <fieldset className="stack tight">
      <legend>
        Models ({chosen.size} of {models.length})
      </legend>
      <div className="row wrap">
        <SearchField label="Search models" value={search} onChange={setSearch} />
        <Button onClick={() => onChange(new Set([...chosen, ...found.map(({ name }) => name)]))}>
          Select all
        </Button>
        <Button onClick={() => onChange(new Set())}>Clear all</Button>
      </div>
      <ul className="rows long">
        {found.slice(0, SHOWN_MAX).map((model) => (
          <li key={model.name} className="row wrap spread">
            <label className="choice">
              <input
                type="checkbox"
                checked={chosen.has(model.name)}
                onChange={({ target }) => toggle(model.name, target.checked)}
              />
              <code>{model.name}</code>
              {model.withdrawn && <span className="badge warn">withdrawn</span>}
            </label>
            <span className="quiet">{describeModel(model)}</span>
          </li>
        ))}
      </ul>
      {found.length > SHOWN_MAX && <p className="quiet">{found.length - SHOWN_MAX} more: search for them.</p>}
    </fieldset>
  );
};

/** `chat; 128,000 tokens; $2.50 in, $10.00 out a million`. */
const describeModel = ({ kind, prices, context_window: window }: CatalogModelAnswer): string =>
  [
    kind ?? 'unknown kind',
    `${window === null ? UNKNOWN : count(window)} tokens`,
    prices
      ? `${usd(prices.rates.input ?? null)} in, ${usd(prices.rates.output ?? null)} out a million`
      : 'price unknown',
  ].join('; ');
