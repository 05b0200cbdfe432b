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
];
