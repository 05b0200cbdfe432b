import { ProviderCatalog } from '../app/integration/integration.ports';
import type { Provider } from '../domain/integration/provider';
import { anthropic } from './anthropic';
import { azureOpenai } from './azure-openai';
import { openai } from './openai';
import { selfHosted } from './self-hosted';

/** The providers that come with the product. */
export class BuiltInCatalog extends ProviderCatalog {
  private readonly providers: readonly Provider[] = [anthropic, azureOpenai, openai, selfHosted];

  list(): readonly Provider[] {
    return this.providers;
  }

  find(name: string): Provider | undefined {
    return this.providers.find((provider) => provider.name === name);
  }
}
