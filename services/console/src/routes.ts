import { INTEGRATION_ROUTES } from './integrations/integration.routes';
import type { Route } from './rest/route';

/** Every route that is served. */
export const ROUTES: readonly Route[] = [...INTEGRATION_ROUTES];
