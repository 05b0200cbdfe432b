import { newCommand } from '@gatehouse/e2e';
import { registryV1 } from '@gatehouse/proto-gen';
import type { Organization } from './organization';

/** Where what is in the address is. */
export interface Furnished {
  /** The path of an integration. */
  readonly one: string;
  /** The id of a workspace. */
  readonly team: string;
}

/** What is on a page once it has come. */
export interface ShownPage {
  readonly name: string;
  readonly path: (at: Furnished) => string;
  /** Of the page's own words. */
  readonly waitFor: string;
}

/** What accessibility is judged on and pictures are taken of. */
export const SHOWN_PAGES: readonly ShownPage[] = [
  { name: 'integrations', path: () => '/integrations', waitFor: 'Anthropic' },
  { name: 'integrations-connected', path: () => '/integrations?tab=connected', waitFor: '@house' },
  {
    name: 'integrations-workspace-created',
    path: () => '/integrations?tab=workspace-created',
    waitFor: 'No workspace',
  },
  { name: 'connect', path: () => '/integrations/connect/azure-openai', waitFor: 'Deployments' },
  { name: 'integration', path: ({ one }) => one, waitFor: 'Call it' },
  { name: 'integration-workspaces', path: ({ one }) => `${one}?tab=workspaces`, waitFor: 'Search team' },
  { name: 'integration-models', path: ({ one }) => `${one}?tab=models`, waitFor: 'sim-small' },
  { name: 'integration-limits', path: ({ one }) => `${one}?tab=limits`, waitFor: 'There are no limits.' },
  { name: 'integration-history', path: ({ one }) => `${one}?tab=history`, waitFor: 'For everybody' },
  { name: 'workspaces', path: () => '/workspaces', waitFor: 'Search team' },
  { name: 'workspace', path: ({ team }) => `/workspaces/${team}`, waitFor: 'No integration' },
  { name: 'workspace-models', path: ({ team }) => `/workspaces/${team}?tab=models`, waitFor: 'no model' },
  {
    name: 'workspace-keys',
    path: ({ team }) => `/workspaces/${team}?tab=keys`,
    waitFor: 'There is no key yet.',
  },
  {
    name: 'workspace-members',
    path: ({ team }) => `/workspaces/${team}?tab=members`,
    waitFor: 'Nobody has a role',
  },
  {
    name: 'workspace-limits',
    path: ({ team }) => `/workspaces/${team}?tab=limits`,
    waitFor: 'There are no limits.',
  },
  {
    name: 'workspace-history',
    path: ({ team }) => `/workspaces/${team}?tab=history`,
    waitFor: 'Created the workspace',
  },
  { name: 'usage', path: () => '/usage', waitFor: 'Nothing was used' },
  { name: 'limits', path: ({ team }) => `/limits?of=${team}`, waitFor: 'There are no limits.' },
  { name: 'access', path: () => '/access', waitFor: 'Nothing is called.' },
  { name: 'approvals', path: () => '/approvals', waitFor: 'Nothing waits for approval.' },
  { name: 'history', path: () => '/history', waitFor: 'For everybody' },
  { name: 'nothing', path: () => '/nowhere', waitFor: 'There is nothing here.' },
];

/** An organization with something on every page. */
export const furnish = async (organization: Organization, host: string): Promise<Furnished> => {
  const team = await organization.newWorkspace('Search team');
  for (const name of ['Support', 'Research']) await organization.newWorkspace(name);
  const { integration } = await organization.control.integrations.connectIntegration(
    registryV1.ConnectIntegrationRequest.fromPartial({
      ...newCommand(),
      reason: 'For everybody',
      name: 'House models',
      slug: 'house',
      provider: 'self-hosted',
      credential: { api_key: 'simulator-takes-any' },
      customHost: host,
      customModels: [
        {
          name: 'sim-small',
          inputNanoUsdPerMillion: 500_000_000n,
          outputNanoUsdPerMillion: 2_000_000_000n,
          maxOutputTokens: 4_096n,
          contextWindow: 131_072n,
        },
      ],
    }),
  );
  return { one: `/integrations/${integration?.id ?? ''}`, team };
};
