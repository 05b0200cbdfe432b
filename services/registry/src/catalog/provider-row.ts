import type { Provider } from '../domain/integration/provider';

/** A provider without what is written down for all of them in one place. */
export type ProviderRow = Omit<Provider, 'quirks' | 'explicitModelsAdvised'>;
