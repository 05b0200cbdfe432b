import type { IntegrationModelAnswer } from '@gatehouse/console/integrations/own-integration.schema';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { useChange } from '../../api/answers';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { List } from '../../ui/list';
import { Refusal } from '../../ui/notice';
import { ReasonField } from '../../ui/reason-field';
import { Toggle } from '../../ui/toggle';
import { count, UNKNOWN, usd } from '../../ui/words';
import { integrationPath } from '../paths';
import { CustomModelDialog } from './custom-model-dialog';
import type { PanelProps } from './panel-props';
import { ModelActions } from './model-actions';

/** What it offers to workspaces. Each change is one at once, and in the history. */
export const ModelsPanel = ({ integration }: PanelProps) => {
  const { allowedOnly, withdrawnOnly } = useNarrowing();
  const [isAdding, setAdding] = useState(false);
  const [reason, setReason] = useState('');
  const change = useChange();
  const path = integrationPath(integration.id, 'models');
  const put = (body: object) => void change.mutate({ method: 'PUT', path, body: { ...body, reason } });
  return (
    <>
      <ReasonField label="Reason for what is changed below" kept={{ reason, onChange: setReason }} />
      <Toggle
        label="Automatically enable new models from this provider"
        help="Every model of the provider can be called, now and later, until you revoke it."
        checked={integration.auto_enable_models}
        disabled={change.isPending}
        onChange={(on) => put({ auto_enable: on })}
      />
      <Refusal error={change.error} />
      <List<IntegrationModelAnswer>
        caption="Models"
        path={path}
        query={{ access: accessOf(allowedOnly, withdrawnOnly) }}
        search="Search models"
        filters={<Filters busy={change.isPending} put={put} onAdd={() => setAdding(true)} />}
        keyOf={({ name }) => name}
        columns={[
          {
            label: 'Model',
            cell: (model) => (
              <Toggle
                label={<code>{model.name}</code>}
                checked={model.allowed}
                disabled={change.isPending}
                onChange={(on) => put(on ? { allow: [model.name] } : { revoke: [model.name] })}
              />
            ),
          },
          { label: 'Kind', cell: (model) => <ModelKind model={model} /> },
          { label: 'Context', figures: true, cell: ({ context_window: window }) => tokens(window) },
          {
            label: 'Input, $ per million',
            figures: true,
            cell: ({ prices }) => usd(prices?.rates.input ?? null),
          },
          {
            label: 'Output, $ per million',
            figures: true,
            cell: ({ prices, price_layer: layer }) => (
              <>
                {usd(prices?.rates.output ?? null)}
                {layer === 'override' && <p className="help">set here</p>}
              </>
            ),
          },
          { label: 'Change', cell: (model) => <ModelActions integration={integration} model={model} /> },
        ]}
        empty={
          <EmptyState title={withdrawnOnly ? 'No model of it is withdrawn.' : 'No model is known of it.'} />
        }
      />
      {isAdding && <CustomModelDialog integration={integration} onClose={() => setAdding(false)} />}
    </>
  );
};

/** What the list is narrowed to, as the address says. */
const useNarrowing = () => {
  const [params, setParams] = useSearchParams();
  const narrow = (by: 'allowed' | 'withdrawn', on: boolean) =>
    setParams({ tab: 'models', ...(on && { [by]: 'true' }) });
  return {
    allowedOnly: params.get('allowed') === 'true',
    withdrawnOnly: params.get('withdrawn') === 'true',
    narrow,
  };
};

interface FiltersProps {
  readonly busy: boolean;
  readonly put: (change: object) => void;
  readonly onAdd: () => void;
}

const Filters = ({ busy, put, onAdd }: FiltersProps) => {
  const { allowedOnly, withdrawnOnly, narrow } = useNarrowing();
  return (
    <>
      <Toggle label="Only those offered" checked={allowedOnly} onChange={(on) => narrow('allowed', on)} />
      <Toggle
        label="Only withdrawn ones"
        checked={withdrawnOnly}
        onChange={(on) => narrow('withdrawn', on)}
      />
      <Button disabled={busy} onClick={() => put({ selection: 'all' })}>
        Select all
      </Button>
      <Button disabled={busy} onClick={() => put({ selection: 'none' })}>
        Clear all
      </Button>
      <Button onClick={onAdd}>+ Add Model</Button>
    </>
  );
};

/** As the console asks for it. */
const accessOf = (allowedOnly: boolean, withdrawnOnly: boolean): string | undefined => {
  if (withdrawnOnly) return 'withdrawn';
  return allowedOnly ? 'allowed' : undefined;
};

const tokens = (window: number | null): string => (window === null ? UNKNOWN : count(window));

const ModelKind = ({ model }: { readonly model: IntegrationModelAnswer }) => (
  <>
    {model.kind ?? UNKNOWN} {model.custom && <span className="badge">custom</span>}{' '}
    {model.withdrawn && (
      <span className="badge warn">
        withdrawn{model.successor === null ? '' : `, in favour of ${model.successor}`}
      </span>
    )}
    {model.withdrawn && model.used_by.length > 0 && (
      <p className="help">May be called by {model.used_by.map(({ id, name }) => name ?? id).join(', ')}.</p>
    )}
  </>
);
