import { deriveId } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { typeV1 } from '@gatehouse/proto-gen';
import {
  API_KEY,
  GatewayFixture,
  INTEGRATION,
  KEY_ID,
  ORGANIZATION,
  PROVISION,
  SMALL_LIMITS,
} from './testing/gateway-fixture';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly data?: readonly { readonly id: string }[];
    readonly id?: string;
    readonly error?: { readonly code: string };
  };
}

describe('the models that a key may call', () => {
  const gateway = new GatewayFixture();
  const { control } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    gateway.setIntegration({});
    gateway.setProvision({});
    gateway.setKey();
    gateway.setWorkspace({});
    await until(async () => (await listed()) === '@acme/free @acme/small', 'everything to be as it was');
  });

  const get = async (path: string): Promise<Answer> => {
    const answer = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${API_KEY}` } });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  /** The ids, or the code of the refusal. */
  const listed = async (): Promise<string> => {
    const { body } = await get('/v1/models');
    return body.error?.code ?? (body.data ?? []).map(({ id }) => id).join(' ');
  };
  const one = async (path: string): Promise<string | undefined> => {
    const { status, body } = await get(`/v1/models/${path}`);
    return status === 200 ? body.id : `${status} ${body.error?.code}`;
  };

  it('are told of in Anthropic’s words to whoever speaks its language', async () => {
    const ask = async (path: string, key = API_KEY) => {
      const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
      return (await (await fetch(gateway.url + path, { headers })).json()) as object;
    };
    const small = { type: 'model', id: '@acme/small', display_name: '@acme/small' };
    expect(await ask('/v1/models')).toMatchObject({
      data: [{ type: 'model', id: '@acme/free' }, small],
      has_more: false,
      first_id: '@acme/free',
      last_id: '@acme/small',
    });
    expect(await ask('/v1/models/@acme/small')).toMatchObject(small);
    const refused = { type: 'error', error: { type: 'not_found_error', code: 'model_not_found' } };
    expect(await ask('/v1/models/@acme/none')).toMatchObject(refused);
    expect(await ask('/v1/models', 'gh_none')).toMatchObject({ error: { type: 'authentication_error' } });
  });

  it.each<[string, () => void, string, string]>([
    [
      'its integration is disabled',
      () => gateway.setIntegration({ disabled: true }),
      '',
      '404 model_not_found',
    ],
    [
      'its integration is deleted, or connecting still',
      () => control.set({ id: INTEGRATION, value: undefined }),
      '',
      '404 model_not_found',
    ],
    ['its provision is disabled', () => gateway.setProvision({ enabled: false }), '', '404 model_not_found'],
    [
      'its provision has ended',
      () => gateway.setProvision({ expiresAt: new Date(Date.now() - 1) }),
      '',
      '404 model_not_found',
    ],
    [
      'it is not provisioned',
      () => control.set({ id: PROVISION, value: undefined }),
      '',
      '404 model_not_found',
    ],
    [
      'the provision names others',
      () => gateway.setProvision({ modelNames: ['free', 'nobody-knows'] }),
      '@acme/free',
      '404 model_not_found',
    ],
    [
      'the integration offers it no more',
      () =>
        gateway.setIntegration({
          modelDecisions: typeV1.ModelDecisions.fromPartial({
            access: { selectedAt: 1n, revoked: ['small'] },
          }),
        }),
      '@acme/free',
      '404 model_not_found',
    ],
    [
      'the workspace is archived',
      () => gateway.setWorkspace({ archived: true }),
      'workspace_archived',
      '403 workspace_archived',
    ],
    [
      'the key is revoked',
      () => control.set({ id: KEY_ID, value: undefined }),
      'invalid_api_key',
      '401 invalid_api_key',
    ],
  ])('do not have one where %s', async (_why, change, list, answer) => {
    expect(await one('@acme/small')).toBe('@acme/small');
    change();
    await until(async () => (await listed()) === list, 'the list to be another');
    expect(await one('@acme/small')).toBe(answer);
  });

  const inUsd = { revision: 1n, limited: true, usdBudget: true };
  const organization = (value: Partial<typeof inUsd>): void => {
    const scoped = { revision: 1n, limited: false, ...value };
    control.set({ id: ORGANIZATION, value: { $case: 'organization', value: scoped } });
  };
  const integrationLimits = (value: typeof inUsd | undefined): void => {
    const scoped = value && { organizationId: ORGANIZATION, integrationId: INTEGRATION, ...value };
    control.set({
      id: `limits:${INTEGRATION}`,
      value: scoped && { $case: 'integrationLimits', value: scoped },
    });
  };

  it.each<[string, () => void]>([
    ['the provision', () => gateway.setProvision(inUsd)],
    ['the workspace', () => gateway.setWorkspace(inUsd)],
    ['each key of the workspace', () => gateway.setWorkspace({ keyTemplate: inUsd })],
    ['the key', () => gateway.setKey(API_KEY, inUsd)],
    ['the integration', () => integrationLimits(inUsd)],
    ['the organization', () => organization(inUsd)],
  ])('have none whose price nobody knows where %s has a budget in USD', async (_scope, limit) => {
    limit();
    await until(async () => (await listed()) === '@acme/small', 'the list to be of what has a price');
    expect(await one('@acme/free')).toBe('404 model_not_found');
    integrationLimits(undefined);
    organization({});
  });

  it('are answered one by one, whatever slashes are in the name, encoded or not', async () => {
    gateway.setModel('family/big:free', SMALL_LIMITS);
    gateway.setProvision({ modelNames: ['family/big:free'] });
    await until(async () => (await listed()) === '@acme/family/big:free', 'the model to be listed');
    expect(await get('/v1/models/@acme/family/big:free')).toEqual({
      status: 200,
      body: { id: '@acme/family/big:free', object: 'model', created: 0, owned_by: 'self-hosted' },
    });
    expect(await one(encodeURIComponent('@acme/family/big:free'))).toBe('@acme/family/big:free');
    expect(await one('@acme/family/big:free?x=1')).toBe('@acme/family/big:free');
  });

  it.each(['@acme', '@acme/', '@acme/nobody', '@other/small', 'small', '@acme//small', '@acme/small/'])(
    'are not %s',
    async (path) => {
      expect(await one(path)).toBe('404 model_not_found');
    },
  );

  it.each([
    ['/v1/models', 200],
    ['/v1/models/@acme/small', 200],
    ['/v1/models/@acme/nobody', 404],
  ])('are looked up by their head alone: %s', async (path, status) => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const answer = await fetch(gateway.url + path, { method: 'HEAD', headers });
    expect([answer.status, await answer.text()]).toEqual([status, '']);
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  it('are not told to who has no key', async () => {
    const answer = await fetch(`${gateway.url}/v1/models/@acme/small`);
    expect(answer.status).toBe(401);
  });

  it("are not another workspace's", async () => {
    gateway.setProvision({ workspaceId: deriveId('ws', 'another') });
    await until(async () => (await listed()) === '', 'the models to be gone');
    expect(await one('@acme/small')).toBe('404 model_not_found');
  });
});
