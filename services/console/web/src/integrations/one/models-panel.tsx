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
import type { PanelProps } from './details-panel';

/** What it offers to workspaces. Each change is one at once, and in the history. */
export const ModelsPanel = ({ integration }: PanelProps) => {
  const [params, setParams] = useSearchParams();
  const allowedOnly = params.get('allowed') === 'true';
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
        query={{ access: allowedOnly ? 'allowed' : undefined }}
        search="Search models"
        filters={
          <>
            <Toggle
              label="Only those offered"
              checked={allowedOnly}
              onChange={(on) => setParams({ tab: 'models', ...(on && { allowed: 'true' }) })}
            />
            <Button disabled={change.isPending} onClick={() => put({ selection: 'all' })}>
              Select all
            </Button>
            <Button disabled={change.isPending} onClick={() => put({ selection: 'none' })}>
              Clear all
            </Button>
          </>
        }
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
            cell: ({ prices }) => usd(prices?.rates.output ?? null),
          },
        ]}
        empty={<EmptyState title="No model is known of it." />}
      />
    </>
  );
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
