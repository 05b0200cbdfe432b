import { ANALYTICS_ROUTES } from './analytics/analytics.routes';
import { API_KEY_ROUTES } from './api-keys/api-key.routes';
import { AUDIT_LOG_ROUTES } from './audit-logs/audit-log.routes';
import { CATALOG_ROUTES } from './catalog/catalog.routes';
import { CONFIGURED_LIMITS_ROUTES } from './configured-limits/configured-limits.routes';
import { DRAFT_ROUTES } from './drafts/draft.routes';
import {
  changeIntegrationModels,
  changeIntegrationWorkspaces,
  INTEGRATION_ROUTES,
} from './integrations/integration.routes';
import {
  changeOwnIntegrationModels,
  createOwnIntegration,
  OWN_INTEGRATION_ROUTES,
} from './integrations/own-integration.routes';
import { OWN_MODELS_ROUTES } from './integrations/own-models.routes';
import {
  changeAutoProvision,
  changeWorkspacesOfIntegration,
  OWN_WORKSPACES_ROUTES,
} from './integrations/own-workspaces.routes';
import { MEMBER_ROUTES } from './members/member.routes';
import { POLICY_ROUTES } from './policies/policy.routes';
import { PROVIDER_ROUTES } from './providers/provider.routes';
import { ACCESS_ROUTES } from './access/access.routes';
import { APPROVAL_ROUTES } from './approvals/approval.routes';
import { HISTORY_ROUTES } from './histories/history.routes';
import { PREVIEW_ROUTES, previewChange, previewIntegrationModels } from './previews/preview.routes';
import { STANDING_LIMIT_ROUTES } from './standing/standing-limit.routes';
import type { Route } from './rest/route';
import { USAGE_ROUTES } from './usage/usage.routes';
import { SECRET_REFERENCE_ROUTES } from './secret-references/secret-reference.routes';
import { VIRTUAL_KEY_ROUTES } from './virtual-keys/virtual-key.routes';
import { WORKSPACE_ROUTES } from './workspaces/workspace.routes';

/** Every route that is served. */
export const ROUTES: readonly Route[] = [
  ...INTEGRATION_ROUTES,
  ...WORKSPACE_ROUTES,
  ...MEMBER_ROUTES,
  ...API_KEY_ROUTES,
  ...AUDIT_LOG_ROUTES,
  ...CATALOG_ROUTES,
  ...SECRET_REFERENCE_ROUTES,
  ...PROVIDER_ROUTES,
  ...VIRTUAL_KEY_ROUTES,
  ...DRAFT_ROUTES,
  ...OWN_INTEGRATION_ROUTES,
  ...ANALYTICS_ROUTES,
  ...POLICY_ROUTES,
  ...USAGE_ROUTES,
  ...OWN_WORKSPACES_ROUTES,
  ...OWN_MODELS_ROUTES,
  ...STANDING_LIMIT_ROUTES,
  ...CONFIGURED_LIMITS_ROUTES,
  ...PREVIEW_ROUTES,
  ...HISTORY_ROUTES,
  ...APPROVAL_ROUTES,
  ...ACCESS_ROUTES,
];

/** Those whose body may be of hundreds of workspaces or models. */
export const LARGE_ROUTES: ReadonlySet<Route> = new Set<Route>([
  changeIntegrationWorkspaces,
  changeIntegrationModels,
  createOwnIntegration,
  changeOwnIntegrationModels,
  changeWorkspacesOfIntegration,
  changeAutoProvision,
  previewChange,
  previewIntegrationModels,
]);
