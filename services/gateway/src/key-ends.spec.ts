import { hashApiKey } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { until } from '@gatehouse/kernel/testing';
import { fromProtoConfigEntry } from './adapters/config/configuration-messages';
import { Configuration } from './domain/configuration';
import { plainAnswer } from './testing/fake-provider';
import { API_KEY, GatewayFixture, MODEL, PEPPER } from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
const NEW_SECRET = keyNamed(PEPPER, 'rotated');

describe('a key, and what its entry says of it', () => {
  const gateway = new GatewayFixture();
  const { control, provider } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());
  beforeEach(() => {
    provider.script = plainAnswer();
    gateway.setProvision({ limited: false });
  });

  const codeOf = async (key = API_KEY, model = MODEL): Promise<string> => {
    const response = await gateway.chat({ ...body, model }, { authorization: `Bearer ${key}` });
    const answer = (await response.json()) as { readonly error?: { readonly code: string } };
    return answer.error ? `${response.status} ${answer.error.code}` : 'answered';
  };
  const models = async (): Promise<readonly string[]> => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const answer = (await (await fetch(`${gateway.url}/v1/models`, { headers })).json()) as {
      readonly data: readonly { readonly id: string }[];
    };
    return answer.data.map(({ id }) => id);
  };

  it('calls the models that it is restricted to, and lists no others', async () => {
    gateway.setKey(API_KEY, { models: { all: false, names: ['@acme/free'] } });
    await until(async () => (await codeOf()) === '403 model_not_allowed', 'the restriction');
    expect(await codeOf(API_KEY, 'small')).toBe('403 model_not_allowed');
    expect(await models()).toEqual(['@acme/free']);
    gateway.setKey(API_KEY, { models: { all: false, names: [MODEL] } });
    await until(async () => (await codeOf()) === 'answered', 'the other restriction');
    expect(await models()).toEqual([MODEL]);
  });

  it('calls nothing without the scope for it, in words that say so', async () => {
    gateway.setKey(API_KEY, { scopes: ['analytics.view'] });
    await until(async () => (await codeOf()) === '403 missing_scope', 'the scope to be missing');
    const headers = { authorization: `Bearer ${API_KEY}` };
    const listed = await fetch(`${gateway.url}/v1/models`, { headers });
    expect([listed.status, await listed.json()]).toMatchObject([
      403,
      { error: { code: 'missing_scope', message: expect.stringContaining('completions.write') } },
    ]);
    gateway.setKey(API_KEY, { scopes: ['completions.write'] });
    await until(async () => (await codeOf()) === 'answered', 'the scope');
  });

  it('ends by itself, and so does a secret that was replaced, with nobody there to say so', async () => {
    const earlier = { hash: hashApiKey(PEPPER, API_KEY), endsAt: new Date(Date.now() + 1_500) };
    gateway.setKey(NEW_SECRET, { earlier, expiresAt: new Date(Date.now() + 3_000) });
    await until(async () => (await codeOf(NEW_SECRET)) === 'answered', 'the new secret');
    expect(await codeOf()).toBe('answered');
    // Provisioning is not there from now on.
    control.stop();
    await until(async () => (await codeOf()) === '401 invalid_api_key', 'the secret before to end');
    await until(async () => (await codeOf(NEW_SECRET)) === '401 invalid_api_key', 'the key to end');
  });

  it('is known by no secret of before, once its entry has gone', () => {
    // What the gateway holds is in its memory; a key that has gone leaves none of its hashes there.
    const configuration = new Configuration();
    const now = new Date();
    const [newer, older] = [hashApiKey(PEPPER, NEW_SECRET), hashApiKey(PEPPER, API_KEY)];
    const value = gateway.keyConfig(NEW_SECRET, { earlier: { hash: older, endsAt: new Date('9999-01-01') } });
    const id = 'key_00000000000000000000000000';
    configuration.apply(fromProtoConfigEntry({ id, value: { $case: 'key', value }, needs: [], governs: '' }));
    const known = () => [newer, older].map((hash) => configuration.keyOf(hash.toString('hex'), now)?.id);
    expect(known()).toEqual([id, id]);
    configuration.apply({ kind: 'gone', id });
    expect(known()).toEqual([undefined, undefined]);
  });
});
