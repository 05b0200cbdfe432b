import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { keyLimitsChange, refuseOtherChanges, roleFor } from './api-key-conversion';
import { apiKeyChange, apiKeyCreation } from './api-key.schema';

const { ApiKeyRole } = provisioningV1;

const tokens = (amount: bigint) =>
  typeV1.Limit.fromPartial({
    id: 'lim_1',
    kind: { $case: 'budget', value: { amount: { $case: 'tokens', value: amount }, reset: { period: 1 } } },
  });
const perMinute = typeV1.Limit.fromPartial({
  id: 'lim_2',
  kind: { $case: 'rateLimit', value: { unit: 1, window: 1, quota: 10n } },
});
const key = provisioningV1.ApiKey.fromPartial({
  ...{
    name: 'ours',
    scopes: ['providers.list', 'completions.write'],
    expiresAt: new Date('2030-01-01T00:00:00Z'),
  },
  limits: [tokens(5n), perMinute] as object[],
});
const change = (said: object) => apiKeyChange.parse(said);

it.each([
  ['organisation', ['completions.write'], ApiKeyRole.ADMIN],
  ['workspace', ['completions.write', 'providers.read'], ApiKeyRole.WORKSPACE],
  ['workspace', ['completions.write', 'workspace_users.list'], ApiKeyRole.WORKSPACE_ADMIN],
  // Refused by provisioning, which says so.
  ['workspace', ['of.nobody'], ApiKeyRole.WORKSPACE_ADMIN],
  ['workspace', [], ApiKeyRole.WORKSPACE],
] as const)('gives a key of %s with %p the least role', (holder, scopes, role) => {
  expect(roleFor(holder, scopes)).toBe(role);
});

it('changes the list of limits that is said, and no other', () => {
  const kinds = (said: object) => keyLimitsChange(change(said))?.(key.limits).map(({ kind }) => kind?.$case);
  expect(kinds({ name: 'ours' })).toBeUndefined();
  expect(kinds({ usage_limits: null })).toEqual(['rateLimit']);
  expect(kinds({ rate_limits: null })).toEqual(['budget']);
  expect(kinds({ usage_limits: null, rate_limits: [] })).toEqual([]);
  const [rate, budget] =
    keyLimitsChange(change({ usage_limits: { type: 'tokens', credit_limit: 7 } }))?.(key.limits) ?? [];
  expect([rate?.id, rate?.kind?.$case]).toEqual(['', 'rateLimit']);
  expect(budget?.kind).toMatchObject({ value: { amount: { value: 7n } } });
});

it('takes what is as it is, and refuses what a key keeps', () => {
  const same = {
    name: 'ours',
    scopes: ['providers.list', 'completions.write'],
    expires_at: '2030-01-01T02:00:00+02:00',
  };
  expect(() => refuseOtherChanges(key, change(same))).not.toThrow();
  for (const other of [{ name: 'theirs' }, { scopes: ['completions.write'] }, { expires_at: null }])
    expect(() => refuseOtherChanges(key, change(other))).toThrow(`UNSUPPORTED; ${Object.keys(other).join()}`);
});

describe('when its secret is to be replaced', () => {
  const dueAt = new Date('2030-01-31T00:00:00Z');
  const rotated = { ...key, rotation: { everyDays: 30, dueAt } };
  const put = (of: provisioningV1.ApiKey, said: object | null) => () =>
    refuseOtherChanges(of, change({ rotation_policy: said }));

  it.each([
    [rotated, { rotation_period: 'monthly', next_rotation_at: '2030-01-31T02:00:00+02:00' }],
    [rotated, { next_rotation_at: null, key_transition_period_ms: 1_800_000 }],
    [key, null],
  ])('is taken as it is: %#', (of, said) => {
    expect(put(of, said)).not.toThrow();
  });

  it.each([
    [rotated, null],
    [rotated, { rotation_period: 'weekly' }],
    [rotated, { next_rotation_at: '2030-02-01T00:00:00Z' }],
    [key, { rotation_period: 'monthly' }],
  ])('stays: %#', (of, said) => {
    expect(put(of, said)).toThrow('UNSUPPORTED; rotation_policy');
  });

  it.each([{ next_rotation_at: '2030-01-01T00:00:00Z' }, { key_transition_period_ms: 3_600_000 }])(
    'follows from the period, and is overlapped as whoever replaces it says: %p',
    (said) => {
      const creation = { name: 'ours', scopes: [], rotation_policy: { rotation_period: 'weekly' } };
      const [name = ''] = Object.keys(said);
      for (const [word, success] of [
        [said, false],
        [{ [name]: null }, true],
      ] as const) {
        const rotation_policy = { ...creation.rotation_policy, ...word };
        expect(apiKeyCreation.safeParse({ ...creation, rotation_policy }).success).toBe(success);
      }
    },
  );
});

it.each([{ description: 'x' }, { alert_emails: ['a@b.c'] }, { defaults: { metadata: { a: 'b' } } }])(
  'refuses what keys have no words for: %p',
  (said) => {
    expect(apiKeyChange.safeParse(said).success).toBe(false);
    const [name = ''] = Object.keys(said);
    expect(apiKeyChange.safeParse({ [name]: null }).success).toBe(true);
  },
);
