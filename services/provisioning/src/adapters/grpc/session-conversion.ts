import { createHash } from 'node:crypto';
import { type Caller, keyOf, type KeyPrincipal } from '@gatehouse/grpc';
import { apiKeyId, AppError, type SessionId } from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import { toProtoKeyRole } from '@gatehouse/access';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { CreateSessionCommand, type ToldSession } from '../../app/session/create-session.handler';
import { CreateSignInLinkCommand, type ToldLink } from '../../app/session/create-sign-in-link.handler';
import { EndSessionsCommand } from '../../app/session/end-sessions.handler';
import { GetSessionQuery, type SessionView } from '../../app/session/get-session.handler';
import { ListSessionsQuery } from '../../app/session/list-sessions.handler';
import { SignInPersonCommand } from '../../app/session/sign-in-person.handler';
import type { SessionsTarget } from '../../app/session/tended-keys';
import { workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { BegunSession } from '../../domain/session/sessions';
import { fromCallerKeyManager } from './key-manager-conversion';
import { ownerOf, ProvisioningChecks } from './request-fields';

/** FORBIDDEN `ORGANIZATION_REQUIRED` for whoever calls without a key: the permission let nobody else in. */
const callingKey = ({ principal }: Caller): KeyPrincipal => {
  const key = keyOf(principal);
  if (!key) throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
  return key;
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

export const fromProtoCreateSessionRequest = (
  request: provisioningV1.CreateSessionRequest,
  caller: Caller,
): CreateSessionCommand | SignInPersonCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'CreateSession' };
  const metadata = checks.metadata(request, origin);
  checks.done();
  const { principal } = caller;
  if (principal.kind === 'signInLink')
    return new CreateSessionCommand(metadata, principal.keyId, { linkHash: principal.tokenHash });
  if (principal.kind === 'idToken') {
    if (sha256(request.nonceSecret ?? '') !== principal.nonce)
      throw new AppError('UNAUTHENTICATED', 'NONCE_UNKNOWN');
    return new SignInPersonCommand(metadata, principal);
  }
  const { keyId, secretHash } = callingKey(caller);
  if (secretHash === undefined) throw new Error('a key that was let in without its secret');
  return new CreateSessionCommand(metadata, keyId, { secretHash });
};

/** FORBIDDEN `LINK_OF_ANOTHER_KEY` for a key that names another than itself. */
export const fromProtoCreateSignInLinkRequest = (
  request: provisioningV1.CreateSignInLinkRequest,
  caller: Caller,
): CreateSignInLinkCommand => {
  const checks = new ProvisioningChecks();
  const owner = ownerOf(checks, request, caller);
  const metadata = checks.metadata(request, { caller, organizationId: owner, command: 'CreateSignInLink' });
  const key = keyOf(caller.principal);
  const named = key
    ? checks.optionalId('api_key_id', request.apiKeyId, apiKeyId)
    : checks.id('api_key_id', request.apiKeyId, apiKeyId);
  checks.done();
  const id = named ?? callingKey(caller).keyId;
  if (key && id !== key.keyId) throw new AppError('FORBIDDEN', 'LINK_OF_ANOTHER_KEY');
  return new CreateSignInLinkCommand(metadata, id, key?.secretHash);
};

export const fromProtoGetSessionRequest = (
  { use }: provisioningV1.GetSessionRequest,
  caller: Caller,
): GetSessionQuery => {
  const { organizationId, keyId } = callingKey(caller);
  return new GetSessionQuery(organizationId, keyId, callingSession(caller), use);
};

export const fromProtoEndSessionRequest = (
  request: provisioningV1.EndSessionRequest,
  caller: Caller,
): EndSessionsCommand => {
  const checks = new ProvisioningChecks();
  const { organizationId, keyId } = callingKey(caller);
  const metadata = checks.metadata(request, { caller, organizationId, command: 'EndSession' });
  checks.done();
  const one = { sessionId: callingSession(caller), why: 'signedOut' } as const;
  return new EndSessionsCommand(metadata, { apiKeyId: keyId, manager: undefined }, one);
};

const callingSession = (caller: Caller): SessionId => {
  const { sessionId } = callingKey(caller);
  if (sessionId === undefined) throw new Error('a session that was let in without its token');
  return sessionId;
};

export const fromProtoEndSessionsRequest = (
  request: provisioningV1.EndSessionsRequest,
  caller: Caller,
): EndSessionsCommand => {
  const checks = new ProvisioningChecks();
  const { organizationId } = callingKey(caller);
  const metadata = checks.metadata(request, { caller, organizationId, command: 'EndSessions' });
  const target = targetOf(checks, request, caller);
  checks.done();
  return new EndSessionsCommand(metadata, target);
};

export const fromProtoListSessionsRequest = (
  request: provisioningV1.ListSessionsRequest,
  caller: Caller,
): ListSessionsQuery => {
  const checks = new ProvisioningChecks();
  const target = targetOf(checks, request, caller);
  checks.done();
  return new ListSessionsQuery({ ...target, organizationId: callingKey(caller).organizationId });
};

const targetOf = (
  checks: ProvisioningChecks,
  request: { readonly apiKeyId: string },
  caller: Caller,
): Omit<SessionsTarget, 'organizationId'> => {
  const { keyId } = callingKey(caller);
  const id = checks.optionalId('api_key_id', request.apiKeyId, apiKeyId) ?? keyId;
  return { apiKeyId: id, manager: id === keyId ? undefined : fromCallerKeyManager(caller) };
};

export const toProtoSession = ({ sessionId: id, apiKeyId: keyId, beganAt, expiresAt }: BegunSession) => ({
  id,
  apiKeyId: keyId,
  createdAt: beganAt,
  expiresAt,
});

export const toProtoToldSession = ({
  session,
  token,
  position,
}: ToldSession): provisioningV1.CreateSessionResponse => ({
  session: toProtoSession(session),
  token,
  position: String(position),
});

export const toProtoToldLink = ({
  position,
  ...link
}: ToldLink): provisioningV1.CreateSignInLinkResponse => ({
  ...link,
  position: String(position),
});

export const toProtoSessionView = ({
  session,
  key,
  organization,
  workspace,
  member,
  idleMs,
}: SessionView): provisioningV1.GetSessionResponse => ({
  session: toProtoSession(session),
  apiKeyName: key.name,
  role: toProtoKeyRole(key.reach.role),
  organizationId: key.organizationId,
  organizationName: organization?.status === 'created' ? organization.name : '',
  workspaceId: workspaceOfReach(key.reach) ?? '',
  workspaceName: workspace?.status === 'active' ? workspace.name : '',
  workspaceSlug: workspace?.status === 'active' ? workspace.slug : '',
  memberId: key.memberId ?? '',
  memberName: member?.name ?? '',
  idleSeconds: Math.round(idleMs / 1_000),
});
