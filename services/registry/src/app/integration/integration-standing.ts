import type { Ids } from '@gatehouse/kernel';
import { originsOf } from '@gatehouse/sealing';
import { credentialUseOf } from '../../domain/integration/credential-kind';
import type { CredentialKindName } from '../../domain/integration/provider';
import { filledBaseUrl, isIntegrationServed, type Provider } from '../../domain/integration/provider';
import { externalIdOf } from '../connection/external-id';
import type { IntegrationView } from './integration-streams';

/** What an integration's provider, as it is today, means for it. */
export interface IntegrationStanding {
  /** Whether the gateway can call it. */
  readonly served: boolean;
  /** The provider has moved to where the credential may not be sent; calls go on to where they went. */
  readonly credentialNeeded: boolean;
  /** What its credential is; undefined where its provider takes it no more. */
  readonly kind: CredentialKindName | undefined;
  /** Of an assumed role; else empty. */
  readonly externalId: string;
}

/** Undefined for a provider that is not in the catalog any more. */
export const standingOf = (
  view: IntegrationView,
  provider: Provider | undefined,
  ids: Ids,
): IntegrationStanding => ({
  served: provider !== undefined && isIntegrationServed(view, provider),
  credentialNeeded: provider !== undefined && view.status !== 'deleted' && hasMoved(view, provider),
  ...useOf(view, provider, ids),
});

const useOf = (
  view: IntegrationView,
  provider: Provider | undefined,
  ids: Ids,
): Pick<IntegrationStanding, 'kind' | 'externalId'> => {
  const use = provider && credentialUseOf(provider, view, externalIdOf(ids, view));
  return { kind: use?.kind, externalId: use?.externalId ?? '' };
};

const hasMoved = ({ customHost, baseUrl, fields }: IntegrationView, provider: Provider): boolean => {
  if (customHost !== '' || provider.baseUrl === '') return false;
  const today = filledBaseUrl(provider, new Map(Object.entries(fields)));
  return originsOf([today]).join() !== originsOf([baseUrl]).join();
};
