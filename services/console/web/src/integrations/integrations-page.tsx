import { useSearchParams } from 'wouter';
import { useAnswer } from '../api/answers';
import type { Listed } from '../ui/list';
import { Tabs } from '../ui/tabs';
import { ConnectedList } from './connected-list';
import { CredentialQuestions } from './credential-questions';
import { FirstSteps } from './first-steps';
import { INTEGRATIONS } from './paths';
import { ProviderCards } from './provider-cards';
import { WorkspaceCreatedList } from './workspace-created-list';

const TABS = [
  { value: 'all', label: 'All', panel: () => <ProviderCards connectAt="/integrations/connect" /> },
  { value: 'connected', label: 'Connected', panel: () => <ConnectedList /> },
  { value: 'workspace-created', label: 'Workspace-Created', panel: () => <WorkspaceCreatedList /> },
] as const;

/** All credentials of the organization, and which workspaces have them. */
export const IntegrationsPage = () => {
  const [params, setParams] = useSearchParams();
  const tab = TABS.find(({ value }) => value === params.get('tab'))?.value ?? 'all';
  // Search, filters and pages are a tab's own.
  const choose = (value: string) => setParams(value === 'all' ? {} : { tab: value });
  const any = useAnswer<Listed<unknown>>(INTEGRATIONS, { page_size: 1 });
  return (
    <div className="stack">
      <header className="stack tight">
        <h1>Integrations</h1>
        <p className="quiet">
          Connect a provider once, and provision it to any number of workspaces, each with its own budget,
          rate limits and models.
        </p>
      </header>
      {any.data?.total === 0 && <FirstSteps />}
      <Tabs label="Integrations" tabs={TABS} value={tab} onChange={choose} />
      <CredentialQuestions />
    </div>
  );
};
