import type { ComponentType } from 'react';
import type { Session } from './session/session';

export interface Page {
  /** As wouter matches it: `/integrations/:slug`. */
  readonly path: string;
  readonly title: string;
  /** The nav has it; others are reached from these. */
  readonly nav: boolean;
  readonly isFor: (session: Session) => boolean;
  /** Gets what `:…` of the path stands for. Loaded when it is first shown. */
  readonly load: () => Promise<ComponentType<Readonly<Record<string, string>>>>;
}

/** Not for whoever is admin of a workspace alone. */
export const theOrganization = ({ workspace }: Session): boolean => workspace === null;
export const oneWorkspace = ({ workspace }: Session): boolean => workspace !== null;
export const anyone = (): boolean => true;

/** Every page, in the order of the nav. The first that is for whoever signed in is shown first. */
export const PAGES: readonly Page[] = [
  {
    path: '/integrations',
    title: 'Integrations',
    nav: true,
    isFor: theOrganization,
    load: async () => (await import('./integrations/integrations-page')).IntegrationsPage,
  },
  {
    path: '/integrations/connect/:provider',
    title: 'Connect a provider',
    nav: false,
    isFor: theOrganization,
    load: async () => (await import('./integrations/connect/connect-page')).ConnectPage,
  },
  {
    path: '/integrations/:id',
    title: 'Integration',
    nav: false,
    isFor: theOrganization,
    load: async () => (await import('./integrations/one/integration-page')).IntegrationPage,
  },
  {
    path: '/workspaces',
    title: 'Workspaces',
    nav: true,
    isFor: theOrganization,
    load: async () => (await import('./workspaces/workspaces-page')).WorkspacesPage,
  },
  {
    path: '/workspaces/:workspace',
    title: 'Workspace',
    nav: false,
    isFor: theOrganization,
    load: async () => (await import('./workspaces/workspace-page')).WorkspacePage,
  },
  {
    path: '/workspace',
    title: 'Workspace',
    nav: true,
    isFor: oneWorkspace,
    load: async () => (await import('./workspaces/workspace-page')).OwnWorkspacePage,
  },
  {
    path: '/workspace/connect',
    title: 'Connect a provider',
    nav: false,
    isFor: oneWorkspace,
    load: async () => (await import('./workspaces/connect/choose-provider-page')).ChooseProviderPage,
  },
  {
    path: '/workspace/connect/:provider',
    title: 'Connect a provider',
    nav: false,
    isFor: oneWorkspace,
    load: async () => (await import('./workspaces/connect/own-connect-page')).OwnConnectPage,
  },
  {
    path: '/usage',
    title: 'Usage',
    nav: true,
    isFor: anyone,
    load: async () => (await import('./usage/usage-page')).UsagePage,
  },
  {
    path: '/limits',
    title: 'Live limits',
    nav: true,
    isFor: theOrganization,
    load: async () => (await import('./limits/live-limits-page')).LiveLimitsPage,
  },
  {
    path: '/access',
    title: 'Explain access',
    nav: true,
    isFor: anyone,
    load: async () => (await import('./access/explain-access-page')).ExplainAccessPage,
  },
  {
    path: '/approvals',
    title: 'Approvals',
    nav: true,
    isFor: theOrganization,
    load: async () => (await import('./approvals/approvals-page')).ApprovalsPage,
  },
  {
    path: '/history',
    title: 'History',
    nav: true,
    isFor: theOrganization,
    load: async () => (await import('./history/history-page')).HistoryPage,
  },
];
