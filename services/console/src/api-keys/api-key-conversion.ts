import { ROLE_SCOPES } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { limitsChange, type LimitsChange, toRestLimitsOrNull } from '../limits/limit-conversion';
import { unsupported } from '../rest/requests-in';
import type { ApiKeyAnswer, ApiKeyChange } from './api-key.schema';

export const ROTATION_DAYS = { weekly: 7, monthly: 30 } as const;

const { ApiKeyKind, ApiKeyRole } = provisioningV1;
type ApiKey = provisioningV1.ApiKey;

export const toRestApiKey = (key: ApiKey): ApiKeyAnswer => {
  const { usage_limits: usage, rate_limits: rates } = toRestLimitsOrNull(key.limits);
  return {
    id: key.id,
    key: `${key.prefix}********`,
    name: key.name,
    description: null,
    type: `${key.workspaceId === '' ? 'organisation' : 'workspace'}-${key.kind === ApiKeyKind.PERSON ? 'user' : 'service'}`,
    organisation_id: key.organizationId,
    workspace_id: key.workspaceId || null,
    user_id: key.memberId || null,
    status: 'active',
    creation_mode: 'api',
    usage_limits: usage?.[0] ?? null,
    rate_limits: rates,
    scopes: key.scopes,
    defaults: null,
    alert_emails: null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    rotation_policy: key.rotation ? { next_rotation_at: key.rotation.dueAt?.toISOString() ?? null } : null,
    created_at: key.issuedAt?.toISOString() ?? null,
    object: 'api-key',
  };
};

/** The least role that has all of these scopes: of an organization's keys there is one, of a workspace's two. */
export const roleFor = (
  holder: 'organisation' | 'workspace',
  scopes: readonly string[],
): provisioningV1.ApiKeyRole => {
  if (holder === 'organisation') return ApiKeyRole.ADMIN;
  const members: ReadonlySet<string> = ROLE_SCOPES.workspaceMember;
  return scopes.every((scope) => members.has(scope)) ? ApiKeyRole.WORKSPACE : ApiKeyRole.WORKSPACE_ADMIN;
};

/** Undefined where nothing is said of them. A key has one budget in this API. */
export const keyLimitsChange = ({
  usage_limits: usage,
  rate_limits: rates,
}: ApiKeyChange): LimitsChange | undefined => limitsChange(usage === null ? null : usage && [usage], rates);

/** INVALID `UNSUPPORTED` where anything is to become another that a key keeps for ever. */
export const refuseOtherChanges = (key: ApiKey, said: ApiKeyChange): void => {
  const { name, scopes, expires_at: end, rotation_policy: rotation } = said;
  const why = 'cannot be changed: issue another key';
  if (name !== undefined && name !== key.name) throw unsupported('name', why);
  if (scopes !== undefined && scopes.join() !== key.scopes.join()) throw unsupported('scopes', why);
  if (end !== undefined && instantOf(end) !== key.expiresAt?.getTime()) throw unsupported('expires_at', why);
  if (rotation !== undefined && !isRotated(key, rotation)) throw unsupported('rotation_policy', why);
};

/** Whether it is to be rotated as is said; a period or a time that is absent says nothing. */
const isRotated = (
  { rotation }: ApiKey,
  said: NonNullable<ApiKeyChange['rotation_policy']> | null,
): boolean => {
  if (said === null) return rotation === undefined;
  const { rotation_period: period, next_rotation_at: due } = said;
  if (period && ROTATION_DAYS[period] !== rotation?.everyDays) return false;
  return !due || Date.parse(due) === rotation?.dueAt?.getTime();
};

const instantOf = (end: string | null): number | undefined => (end === null ? undefined : Date.parse(end));
