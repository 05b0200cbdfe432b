import type { OwnIntegrationDetails } from '@gatehouse/console/integrations/own-integration.schema';
import { useState } from 'react';
import { searchOf } from '../../api/api-client';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { Field } from '../../ui/field';
import { Table } from '../../ui/table';
import { DEPLOYMENT_FIELDS } from '../connect/deployments-editor';
import { integrationPath } from '../paths';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';

type Deployment = OwnIntegrationDetails['deployments'][number];
type Open = 'add' | { readonly change: 'default' | 'remove'; readonly deployment: Deployment };

/** What callers may name as model. */
export const DeploymentsPanel = ({ integration }: PanelProps) => {
  const { deployments, slug } = integration;
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  return (
    <>
      <div>
        <Button onClick={() => setOpen('add')}>+ Add deployment</Button>
      </div>
      {deployments.length === 0 && (
        <EmptyState title="There is no deployment yet.">
          <p>Callers name a deployment by its alias. The first that is added is the default.</p>
        </EmptyState>
      )}
      {deployments.length > 0 && (
        <Table
          caption="Deployments"
          rows={deployments}
          keyOf={({ alias }) => alias}
          columns={[
            {
              label: 'Alias',
              cell: ({ alias, is_default: isDefault }) => (
                <>
                  <code>
                    @{slug}/{alias}
                  </code>{' '}
                  {isDefault && <span className="badge good">Default</span>}
                </>
              ),
            },
            { label: 'Deployment name', cell: ({ deployment_name: name }) => name },
            { label: 'API version', cell: ({ api_version: version }) => version },
            { label: 'Model', cell: ({ model }) => model },
            {
              label: 'Change',
              cell: (deployment) => (
                <span className="row wrap">
                  <Button
                    disabled={deployment.is_default}
                    aria-label={`Make ${deployment.alias} the default`}
                    onClick={() => setOpen({ change: 'default', deployment })}
                  >
                    Make default
                  </Button>
                  <Button
                    disabled={deployment.is_default && deployments.length > 1}
                    aria-label={`Remove ${deployment.alias}`}
                    onClick={() => setOpen({ change: 'remove', deployment })}
                  >
                    Remove
                  </Button>
                </span>
              ),
            },
          ]}
        />
      )}
      {open === 'add' && <AddDialog integration={integration} onClose={close} />}
      {open !== undefined && open !== 'add' && (
        <OneDialog integration={integration} {...open} onClose={close} />
      )}
    </>
  );
};

interface DialogProps extends PanelProps {
  readonly onClose: () => void;
}

const AddDialog = ({ integration, onClose }: DialogProps) => (
  <ChangeDialog
    title="Add deployment"
    action="Add"
    fields={DEPLOYMENT_FIELDS.map(([name]) => name)}
    onClose={onClose}
    change={(form, reason) => ({
      method: 'POST',
      path: integrationPath(integration.id, 'deployments'),
      body: {
        ...Object.fromEntries(DEPLOYMENT_FIELDS.map(([name]) => [name, String(form.get(name) ?? '').trim()])),
        reason,
      },
    })}
  >
    {(error) => (
      <div className="fields">
        {DEPLOYMENT_FIELDS.map(([name, label, help]) => (
          <Field key={name} label={label} help={help} error={error?.of(name)}>
            {(control) => <input {...control} name={name} required />}
          </Field>
        ))}
      </div>
    )}
  </ChangeDialog>
);

interface OneDialogProps extends DialogProps {
  readonly change: 'default' | 'remove';
  readonly deployment: Deployment;
}

const OneDialog = ({ integration, change, deployment, onClose }: OneDialogProps) => {
  const { alias, ...rest } = deployment;
  const path = integrationPath(integration.id, 'deployments', alias);
  return change === 'default' ? (
    <ChangeDialog
      title={`Make ${alias} the default`}
      description={`Who names @${integration.slug} and no model calls it then.`}
      action="Make default"
      onClose={onClose}
      change={(_form, reason) => ({ method: 'PUT', path, body: { ...rest, is_default: true, reason } })}
    />
  ) : (
    <ChangeDialog
      title={`Remove ${alias}`}
      description={`Nobody can call @${integration.slug}/${alias} then.`}
      action="Remove"
      danger
      onClose={onClose}
      change={(_form, reason) => ({ method: 'DELETE', path: path + searchOf({ reason }) })}
    />
  );
};
