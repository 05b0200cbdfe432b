import { ProviderCatalog } from '../app/integration/integration.ports';
import type { Provider } from '../domain/integration/provider';
import { anthropic } from './anthropic';
import { azureOpenai } from './azure-openai';
import { CHEAP_ENDPOINTS } from './cheap-endpoints';
import { otherVendors } from './other-vendors';
import { openai } from './openai';
import { openaiCompatible } from './openai-compatible';
import type { ProviderRow } from './provider-row';
import { QUIRKS, quirks } from './quirks';

/**
 * Vendors who list what a customer has tuned or deployed beside their own: whoever offers all offers that too. Where a community
 * lists models, new ones are what one connects it for.
 */
const EXPLICIT_MODELS_ADVISED: ReadonlySet<string> = new Set(['azure-openai', 'openai']);

const byName = (a: Provider, b: Provider): number => (a.name < b.name ? -1 : 1);

const providerOf = (row: ProviderRow): Provider => ({
  ...row,
  quirks: quirks(QUIRKS[row.name]),
  explicitModelsAdvised: EXPLICIT_MODELS_ADVISED.has(row.name),
  ...(CHEAP_ENDPOINTS[row.name] && { probes: CHEAP_ENDPOINTS[row.name] }),
});

/** The providers that come with the product, in the order of their names. */
export class BuiltInCatalog extends ProviderCatalog {
  private readonly providers: readonly Provider[] = [
    anthropic,
    azureOpenai,
    openai,
    ...openaiCompatible,
    ...otherVendors,
  ]
    .map(providerOf)
    .sort(byName);

  list(): readonly Provider[] {
    return this.providers;
  }

  find(name: string): Provider | undefined {
    return this.providers.find((provider) => provider.name === name);
  }
}
