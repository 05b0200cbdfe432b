import { provisioningV1 } from '@gatehouse/proto-gen';
import { shownIn } from '../adapters/grpc/shown-in';
import { csrfOf } from './own-page';

const { ApiKeyRole } = provisioningV1;

/** Of keys that sign in. */
const ROLES: ReadonlyMap<provisioningV1.ApiKeyRole, string> = new Map([
  [ApiKeyRole.OWNER, 'owner'],
  [ApiKeyRole.ADMIN, 'admin'],
  [ApiKeyRole.AUDITOR, 'auditor'],
  [ApiKeyRole.WORKSPACE_ADMIN, 'workspaceAdmin'],
]);

/** What the page is told of a session. */
export interface SessionAnswer {
  readonly apiKey: { readonly id: string; readonly name: string };
  /** Whose the key is; null: a service's. */
  readonly member: { readonly id: string; readonly name: string } | null;
  readonly role: string;
  readonly organization: { readonly id: string; readonly name: string };
  /** The only one that is seen; null: all of the organization's. */
  readonly workspace: { readonly id: string; readonly name: string; readonly slug: string } | null;
  /** For `x-gatehouse-csrf`, with whatever changes something. */
  readonly csrf: string;
  readonly expiresAt: string;
  /** Seconds without use after which it ends. */
  readonly idleSeconds: number;
}

export const toSessionAnswer = (token: string, shown: provisioningV1.GetSessionResponse): SessionAnswer => {
  const { apiKeyId, expiresAt } = shownIn(shown.session);
  const { workspaceId, memberId } = shown;
  return {
    apiKey: { id: apiKeyId, name: shown.apiKeyName },
    member: memberId === '' ? null : { id: memberId, name: shown.memberName },
    role: shownIn(ROLES.get(shown.role)),
    organization: { id: shown.organizationId, name: shown.organizationName },
    workspace:
      workspaceId === '' ? null : { id: workspaceId, name: shown.workspaceName, slug: shown.workspaceSlug },
    csrf: csrfOf(token),
    expiresAt: shownIn(expiresAt).toISOString(),
    idleSeconds: shown.idleSeconds,
  };
};
