import {
  apiKeyId,
  isWorkspaceRole,
  KEY_ROLES,
  type KeyRole,
  type LimitSpec,
  memberId,
  organizationId,
  replaceLimits,
  ROLE_SCOPES,
  workspaceId,
} from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { apiKeyDecider } from './api-key.decider';
import type { KeyReach } from './api-key.events';
import type { IssueApiKey } from './issue-api-key';
import type { KeyManager, ManagingKey } from './key-manager';

const perMinute = { kind: 'rate', unit: 'requests', amount: 60n, window: 'minute' } as const;
const id = apiKeyId(`key_${'5'.repeat(26)}`);
const owner = organizationId(`org_${'1'.repeat(26)}`);
const key = {
  apiKeyId: id,
  organizationId: owner,
  reach: { role: 'workspaceMember', workspaceId: workspaceId(`ws_${'2'.repeat(26)}`) },
  name: 'ci',
  memberId: undefined,
  scopes: [],
  models: { all: true },
  prefix: `gh_${'5'.repeat(26)}_abcd`,
  hash: 'ab'.repeat(32),
  pepperId: 'kp_0123456789abcdef',
} as const;
const managing = (reach: KeyReach, more: Partial<ManagingKey> = {}): ManagingKey => ({
  kind: 'key',
  reach,
  scopes: ROLE_SCOPES[reach.role],
  bounded: false,
  ...more,
});
const manager = managing({ role: 'admin' });
const at = new Date('2026-03-03T12:00:00Z');
const asked = { limits: [perMinute], rotateEveryDays: 0, seed: 'r1', at } as const;
const issue = { type: 'IssueApiKey', manager, ...key, ...asked } as const;
const issued = {
  type: 'ApiKeyIssued',
  ...key,
  limits: replaceLimits([], [perMinute], { scopeId: id, seed: 'r1' }),
} as const;
const revoke = { type: 'RevokeApiKey', manager, organizationId: owner, at } as const;
const revoked = { type: 'ApiKeyRevoked', apiKeyId: id, revokedAt: at } as const;

describe('issuing a key', () => {
  it('records its hash and its limits', () => given(apiKeyDecider).when(issue).then(issued));
  it('happens once', () => given(apiKeyDecider, issued).when(issue).thenRefused('API_KEY_EXISTS'));
  it('records by when it is to be rotated, where somebody says so', () => {
    const rotation = { everyDays: 90, dueAt: new Date('2026-06-01T12:00:00Z') };
    given(apiKeyDecider)
      .when({ ...issue, rotateEveryDays: 90 })
      .then({ ...issued, rotation });
  });
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
  const by = (role: KeyRole, workspace?: typeof elsewhere): KeyManager => managing(reachOf(role, workspace));
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
    const readsOnly = !ROLE_SCOPES[role].has('workspace_service_api_keys.create');
    if (tended[role].includes(of)) {
      issuing.then({ ...issued, reach });
      revoking.then(revoked);
    } else {
      const unscoped = readsOnly || (isWorkspaceRole(role) && !isWorkspaceRole(of));
      issuing.thenRefused(unscoped ? 'SCOPE_MISSING' : 'KEY_ABOVE_CALLER');
      // What is of no workspace, a workspace's keys do not even see.
      const unseen = isWorkspaceRole(role) && !isWorkspaceRole(of);
      revoking.thenRefused(unseen ? 'API_KEY_UNKNOWN' : readsOnly ? 'SCOPE_MISSING' : 'KEY_ABOVE_CALLER');
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

describe('a key that issues', () => {
  const soon = new Date('2026-04-01T00:00:00Z');
  const later = new Date('2026-05-01T00:00:00Z');
  const by = (more: Partial<ManagingKey>, wanted: Partial<IssueApiKey> = {}) =>
    given(apiKeyDecider).when({ ...issue, ...wanted, manager: managing({ role: 'admin' }, more) });
  const member = memberId(`mbr_${'7'.repeat(26)}`);
  const few = new Set(['workspace_service_api_keys.create', 'completions.write'] as const);

  it('gives on no scope that it has not', () => {
    by({ scopes: few }).thenRefused('KEY_ABOVE_CALLER');
    by({ scopes: few }, { scopes: ['completions.write', 'analytics.view'] }).thenRefused('KEY_ABOVE_CALLER');
    by({ scopes: few }, { scopes: ['completions.write'] }).then({ ...issued, scopes: ['completions.write'] });
  });

  it('needs the scope for keys of that kind', () => {
    by({ scopes: few }, { scopes: ['completions.write'], memberId: member }).thenRefused('SCOPE_MISSING');
    by({ scopes: few }, { reach: { role: 'auditor' } }).thenRefused('SCOPE_MISSING');
  });

  it('issues none that lasts longer than itself', () => {
    by({ expiresAt: soon }).thenRefused('KEY_ABOVE_CALLER');
    by({ expiresAt: soon }, { expiresAt: later }).thenRefused('KEY_ABOVE_CALLER');
    by({ expiresAt: soon }, { expiresAt: soon }).then({ ...issued, expiresAt: soon });
  });

  it('issues none where it is bounded itself', () => by({ bounded: true }).thenRefused('KEY_ABOVE_CALLER'));

  it('issues none that has ended already', () => by({}, { expiresAt: at }).thenRefused('END_HAS_PASSED'));
});

describe('rotating a key', () => {
  const secret = { hash: 'cd'.repeat(32), pepperId: 'kp_fedcba9876543210', prefix: 'gh_new' };
  const rotate = {
    type: 'RotateApiKey',
    manager,
    organizationId: owner,
    overlapMs: 60_000,
    at,
    ...secret,
  } as const;
  const rotated = {
    type: 'ApiKeyRotated',
    apiKeyId: id,
    ...secret,
    earlierEndsAt: new Date('2026-03-03T12:01:00Z'),
  } as const;

  it('records its new secret, and until when the one before works on', () =>
    given(apiKeyDecider, issued).when(rotate).then(rotated));
  it('may be done again within the overlap', () =>
    given(apiKeyDecider, issued, rotated)
      .when({ ...rotate, overlapMs: 0 })
      .then({ ...rotated, earlierEndsAt: at }));
  it('puts off when it is due by as many days as before, or as are said now', () => {
    const monthly = { everyDays: 30, dueAt: new Date('2026-02-28T12:00:00Z') };
    const next = { everyDays: 30, dueAt: new Date('2026-04-02T12:00:00Z') };
    given(apiKeyDecider, { ...issued, rotation: monthly })
      .when(rotate)
      .then({ ...rotated, rotation: next });
    given(apiKeyDecider, issued)
      .when({ ...rotate, everyDays: 30 })
      .then({ ...rotated, rotation: next });
    given(apiKeyDecider, issued, { ...rotated, rotation: next })
      .when({ ...rotate, everyDays: 0 })
      .then(rotated);
  });
  it('is refused for what was revoked, or has ended by itself', () => {
    given(apiKeyDecider, issued, revoked).when(rotate).thenRefused('API_KEY_REVOKED');
    given(apiKeyDecider, { ...issued, expiresAt: at })
      .when(rotate)
      .thenRefused('API_KEY_EXPIRED');
  });
  it('tells nobody a secret that may more than they', () => {
    given(apiKeyDecider, { ...issued, reach: { role: 'owner' } })
      .when(rotate)
      .thenRefused('KEY_ABOVE_CALLER');
    const narrow = managing({ role: 'admin' }, { scopes: new Set(['workspace_service_api_keys.rotate']) });
    given(apiKeyDecider, issued)
      .when({ ...rotate, manager: narrow })
      .thenRefused('KEY_ABOVE_CALLER');
    const bounded = managing({ role: 'admin' }, { bounded: true });
    given(apiKeyDecider, issued)
      .when({ ...rotate, manager: bounded })
      .thenRefused('KEY_ABOVE_CALLER');
  });
});

describe('bounding a key', () => {
  const asked = { manager, organizationId: owner, at } as const;
  const limit = { type: 'ChangeApiKeyLimits', ...asked, seed: 'r2' } as const;
  const names = ['@openai/small', '@openai/large'];
  const models = { type: 'ChangeApiKeyModels', ...asked, models: { all: false, names } } as const;
  const narrowed = { type: 'ApiKeyModelsChanged', apiKeyId: id, models: models.models } as const;

  it('replaces its limits, and keeps the ids of those that stay', () => {
    const less: LimitSpec = { ...perMinute, amount: 5n };
    const limits = [{ ...less, id: issued.limits[0]!.id }];
    given(apiKeyDecider, issued)
      .when({ ...limit, limits: [less] })
      .then({ type: 'ApiKeyLimitsChanged', apiKeyId: id, limits });
    given(apiKeyDecider, issued)
      .when({ ...limit, limits: [perMinute] })
      .then();
  });

  it('says which models it may call, once', () => {
    given(apiKeyDecider, issued).when(models).then(narrowed);
    const turned = { all: false, names: names.toReversed() } as const;
    given(apiKeyDecider, issued, narrowed)
      .when({ ...models, models: turned })
      .then();
    given(apiKeyDecider, issued)
      .when({ ...models, models: { all: true } })
      .then();
  });

  it('is not for a key that is bounded itself, nor of keys of an organization, nor of what has ended', () => {
    const bounded = managing(key.reach, { bounded: true, reach: { ...key.reach, role: 'workspaceAdmin' } });
    const scopes = ROLE_SCOPES.workspaceAdmin;
    given(apiKeyDecider, issued)
      .when({ ...models, manager: { ...bounded, scopes } })
      .thenRefused('KEY_ABOVE_CALLER');
    given(apiKeyDecider, { ...issued, reach: { role: 'auditor' } })
      .when(models)
      .thenRefused('KEY_CALLS_NO_MODELS');
    given(apiKeyDecider, issued, revoked).when(models).thenRefused('API_KEY_REVOKED');
  });
});
