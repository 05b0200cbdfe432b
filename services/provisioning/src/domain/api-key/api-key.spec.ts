import {
  apiKeyId,
  isWorkspaceRole,
  KEY_ROLES,
  type KeyRole,
  type LimitSpec,
  organizationId,
  replaceLimits,
  workspaceId,
} from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { apiKeyDecider } from './api-key';
import type { KeyReach } from './api-key.events';
import type { KeyManager } from './key-manager';

const perMinute: LimitSpec = { kind: 'rate', unit: 'requests', amount: 60n, window: 'minute' };
const id = apiKeyId(`key_${'5'.repeat(26)}`);
const owner = organizationId(`org_${'1'.repeat(26)}`);
const key = {
  apiKeyId: id,
  organizationId: owner,
  reach: { role: 'workspaceMember', workspaceId: workspaceId(`ws_${'2'.repeat(26)}`) },
  name: 'ci',
  memberId: undefined,
  hash: 'ab'.repeat(32),
  pepperId: 'kp_0123456789abcdef',
} as const;
const manager: KeyManager = { kind: 'key', reach: { role: 'admin' } };
const issue = { type: 'IssueApiKey', manager, ...key, limits: [perMinute], seed: 'r1' } as const;
const issued = {
  type: 'ApiKeyIssued',
  ...key,
  limits: replaceLimits([], [perMinute], { scopeId: id, seed: 'r1' }),
} as const;
const at = new Date('2026-03-03T12:00:00Z');
const revoke = { type: 'RevokeApiKey', manager, organizationId: owner, at } as const;
const revoked = { type: 'ApiKeyRevoked', apiKeyId: id, revokedAt: at } as const;

describe('issuing a key', () => {
  it('records its hash and its limits', () => given(apiKeyDecider).when(issue).then(issued));
  it('happens once', () => given(apiKeyDecider, issued).when(issue).thenRefused('API_KEY_EXISTS'));
  it('is refused for two limits that bound the same', () =>
    given(apiKeyDecider)
      .when({ ...issue, limits: [perMinute, perMinute] })
      .thenRefused('REQUEST_INVALID'));
});

describe('revoking a key', () => {
  it('records when', () => given(apiKeyDecider, issued).when(revoke).then(revoked));
  it('records nothing the second time', () => given(apiKeyDecider, issued, revoked).when(revoke).then());
  it('is refused where there is no key', () =>
    given(apiKeyDecider).when(revoke).thenRefused('API_KEY_UNKNOWN'));
  it('does not tell another organization that the key exists', () =>
    given(apiKeyDecider, issued)
      .when({ ...revoke, organizationId: organizationId(`org_${'9'.repeat(26)}`) })
      .thenRefused('API_KEY_UNKNOWN'));
});

describe('who tends which keys', () => {
  const elsewhere = workspaceId(`ws_${'3'.repeat(26)}`);
  const reachOf = (role: KeyRole, workspace = key.reach.workspaceId): KeyReach =>
    isWorkspaceRole(role) ? { role, workspaceId: workspace } : { role };
  const by = (role: KeyRole, workspace?: typeof elsewhere): KeyManager => ({
    kind: 'key',
    reach: reachOf(role, workspace),
  });
  const tended: Readonly<Record<KeyRole, readonly KeyRole[]>> = {
    owner: KEY_ROLES,
    admin: KEY_ROLES.filter((role) => role !== 'owner'),
    auditor: [],
    workspaceAdmin: ['workspaceAdmin', 'workspaceMember'],
    workspaceMember: [],
  };
  const pairs = KEY_ROLES.flatMap((role) => KEY_ROLES.map((of) => [role, of] as const));

  it.each(pairs)('a key of role %s, and one of role %s', (role, of) => {
    const reach = reachOf(of);
    const issuing = given(apiKeyDecider).when({ ...issue, manager: by(role), reach });
    const revoking = given(apiKeyDecider, { ...issued, reach }).when({ ...revoke, manager: by(role) });
    if (tended[role].includes(of)) {
      issuing.then({ ...issued, reach });
      revoking.then(revoked);
    } else {
      issuing.thenRefused('KEY_ABOVE_CALLER');
      // What is of no workspace, a workspace's keys do not even see.
      revoking.thenRefused(
        isWorkspaceRole(role) && !isWorkspaceRole(of) ? 'API_KEY_UNKNOWN' : 'KEY_ABOVE_CALLER',
      );
    }
  });

  it('are those of its own workspace, for a key of a workspace', () =>
    given(apiKeyDecider, issued)
      .when({ ...revoke, manager: by('workspaceAdmin', elsewhere) })
      .thenRefused('API_KEY_UNKNOWN'));

  it.each(KEY_ROLES)('the operator lets in owners and admins, and nobody else: %s', (role) => {
    const reach = reachOf(role);
    const issuing = given(apiKeyDecider).when({ ...issue, manager: { kind: 'operator' }, reach });
    if (role === 'owner' || role === 'admin') issuing.then({ ...issued, reach });
    else issuing.thenRefused('OPERATOR_ISSUES_ADMIN_KEYS');
  });
});
