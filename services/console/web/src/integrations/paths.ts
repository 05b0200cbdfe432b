import { pathOf } from '../api/api-client';

export const INTEGRATIONS = '/v1/gatehouse/integrations';

/** Of one integration, or of what is under it. */
export const integrationPath = (id: string, ...parts: readonly string[]): string =>
  pathOf(INTEGRATIONS, id, ...parts);
