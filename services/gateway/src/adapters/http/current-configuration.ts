import type { ConfigurationSource } from '../../app/gateway.ports';
import type { Configuration } from '../../domain/configuration';
import { Refusal } from '../../domain/refusal';

/** Throws Refusal `limits_unavailable` until one was loaded. */
export const currentConfiguration = (source: ConfigurationSource): Configuration => {
  const configuration = source.current();
  if (configuration) return configuration;
  throw new Refusal('limits_unavailable', 'The gateway has no configuration yet.', { retryAfterSeconds: 1 });
};
