import { ProviderCatalog } from '../app/integration/integration.ports';
import type { Provider } from '../domain/integration/provider';
import { anthropic } from './anthropic';
import { azureOpenai } from './azure-openai';
import { notServedYet } from './not-served-yet';
import { openai } from './openai';
import { openaiCompatible } from './openai-compatible';

const byName = (a: Provider, b: Provider): number => (a.name < b.name ? -1 : 1);

/** The providers that come with the product, in the order of their names. */
export class BuiltInCatalog extends ProviderCatalog {
  private readonly providers: readonly Provider[] = [
    anthropic,
    azureOpenai,
    openai,
    ...openaiCompatible,
    ...notServedYet,
  ].sort(byName);

  list(): readonly Provider[] {
    return this.providers;
  }

  find(name: string): Provider | undefined {
    return this.providers.find((provider) => provider.name === name);
  }
}
