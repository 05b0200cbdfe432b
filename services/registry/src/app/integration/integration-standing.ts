import { originsOf } from '@gatehouse/sealing';
import { filledBaseUrl, isIntegrationServed, type Provider } from '../../domain/integration/provider';
import type { IntegrationView } from './integration-streams';

/** What an integration's provider, as it is today, means for it. */
export interface IntegrationStanding {
  /** Whether the gateway can call it. */
  readonly served: boolean;
  /** The provider has moved to where the credential may not be sent; calls go on to where they went. */
  readonly credentialNeeded: boolean;
}

/** Undefined for a provider that is not in the catalog any more. */
export const standingOf = (view: IntegrationView, provider: Provider | undefined): IntegrationStanding => ({
  served: provider !== undefined && isIntegrationServed(view, provider),
  credentialNeeded: provider !== undefined && view.status !== 'deleted' && hasMoved(view, provider),
});

const hasMoved = ({ customHost, baseUrl, fields }: IntegrationView, provider: Provider): boolean => {
  if (customHost !== '' || provider.baseUrl === '') return false;
  const today = filledBaseUrl(provider, new Map(Object.entries(fields)));
  return originsOf([today]).join() !== originsOf([baseUrl]).join();
};
