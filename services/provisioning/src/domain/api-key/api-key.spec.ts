import { apiKeyId, type LimitSpec, organizationId, replaceLimits, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { apiKeyDecider } from './api-key';

const perMinute: LimitSpec = { kind: 'rate', unit: 'requests', amount: 60n, window: 'minute' };
const id = apiKeyId(`key_${'5'.repeat(26)}`);
const owner = organizationId(`org_${'1'.repeat(26)}`);
const key = {
  apiKeyId: id,
  organizationId: owner,
  scope: { role: 'workspace', workspaceId: workspaceId(`ws_${'2'.repeat(26)}`) },
  name: 'ci',
  hash: 'ab'.repeat(32),
  pepperId: 'kp_0123456789abcdef',
} as const;
const issue = { type: 'IssueApiKey', ...key, limits: [perMinute], seed: 'r1' } as const;
const issued = {
  type: 'ApiKeyIssued',
  ...key,
  limits: replaceLimits([], [perMinute], { scopeId: id, seed: 'r1' }),
} as const;
const at = new Date('2026-03-03T12:00:00Z');
const revoke = { type: 'RevokeApiKey', organizationId: owner, at } as const;
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
