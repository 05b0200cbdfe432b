import type { OwnIntegrationDetails } from '@gatehouse/console/integrations/own-integration.schema';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useAnswer } from '../../api/answers';
import type { ApiError } from '../../api/api-client';
import { StandingLimits } from '../../limits/standing-limits';
import { Notice, Refusal } from '../../ui/notice';
import { Tabs } from '../../ui/tabs';
import { useTitle } from '../../ui/title';
import { StatusCell } from '../integration-columns';
import { integrationPath } from '../paths';
import { useDisplayName, useProviders } from '../providers';
import { DeploymentsPanel } from './deployments-panel';
import { DetailsPanel } from './details-panel';
import { HistoryPanel } from './history-panel';
import { ModelsPanel } from './models-panel';
import { WorkspacesPanel } from './workspaces-panel';

interface IntegrationPageProps {
  readonly id?: string;
}

/** Whatever is known of one integration, and done to it. */
export const IntegrationPage = ({ id = '' }: IntegrationPageProps) => {
  const [params, setParams] = useSearchParams();
  const answer = useAnswer<OwnIntegrationDetails>(integrationPath(id), {}, { until: isConnected });
  const displayName = useDisplayName();
  const provider = useProviders().data?.data.find(({ name }) => name === answer.data?.provider);
  const integration = answer.data;
  useAnewOnceConnected(answer.isPending || isConnected(answer.data, answer.error));
  useTitle(integration?.name ?? 'Integration');
  const tabs = integration ? tabsOf(integration, provider?.takes_deployments ?? false) : [];
  const tab = tabs.find(({ value }) => value === params.get('tab'))?.value ?? 'details';
  return (
    <div className="stack">
      <nav aria-label="Breadcrumb" className="quiet">
        <Link
          href={
            integration?.workspace ? '/integrations?tab=workspace-created' : '/integrations?tab=connected'
          }
        >
          Integrations
        </Link>{' '}
        / {integration?.name ?? id}
      </nav>
      {answer.isPending && <p className="quiet">Loading…</p>}
      {answer.isPending || isConnected(answer.data, answer.error) ? (
        <Refusal error={answer.error} />
      ) : (
        <Notice>It is being connected, and provisioned to its workspaces.</Notice>
      )}
      {integration && (
        <>
          <header className="row wrap">
            <h1>{integration.name}</h1>
            <code className="quiet">@{integration.slug}</code>
            <span className="quiet">{displayName(integration.provider)}</span>
            <StatusCell integration={integration} />
          </header>
          {params.get('new') === 'true' && (
            <Notice tone="good">
              Created. It is under Connected, and its workspaces have it in their model catalog.
            </Notice>
          )}
          <Tabs
            label={`Of ${integration.name}`}
            tabs={tabs}
            value={tab}
            onChange={(value) => setParams(value === 'details' ? {} : { tab: value })}
          />
        </>
      )}
    </div>
  );
};

/** What was shown while it was being connected is without its workspaces. */
const useAnewOnceConnected = (connected: boolean): void => {
  const client = useQueryClient();
  const wasConnecting = useRef(false);
  useEffect(() => {
    if (connected && wasConnecting.current) void client.invalidateQueries();
    wasConnecting.current = !connected;
  }, [client, connected]);
};

/** Its workspaces have it, or it has been refused: nothing goes on by itself. */
const isConnected = (integration: OwnIntegrationDetails | undefined, error: ApiError | null): boolean =>
  error === null
    ? integration !== undefined && integration.status !== 'connecting'
    : error.reason !== CONNECTING;

const CONNECTING = 'INTEGRATION_CONNECTING';

const tabsOf = (integration: OwnIntegrationDetails, takesDeployments: boolean) => [
  { value: 'details', label: 'Integration Details', panel: () => <DetailsPanel integration={integration} /> },
  ...(takesDeployments || integration.deployments.length > 0
    ? [
        {
          value: 'deployments',
          label: 'Deployments',
          panel: () => <DeploymentsPanel integration={integration} />,
        },
      ]
    : []),
  {
    value: 'workspaces',
    label: 'Workspace Provisioning',
    panel: () => <WorkspacesPanel integration={integration} />,
  },
  { value: 'models', label: 'Model Provisioning', panel: () => <ModelsPanel integration={integration} /> },
  {
    value: 'limits',
    label: 'Limits',
    panel: () => (
      <StandingLimits
        caption={`Limits of ${integration.name}`}
        scope={integration.id}
        description="Of all workspaces that have it, together."
      />
    ),
  },
  { value: 'history', label: 'History', panel: () => <HistoryPanel integration={integration} /> },
];
