import { until } from '@gatehouse/kernel/testing';
import { FakeProvider, plainAnswer } from './testing/fake-provider';
import { GatewayFixture } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const TEAM = 'a-secret-of-the-team';

describe('a server of the organization’s own', () => {
  const gateway = new GatewayFixture();
  const { provider } = gateway;
  const elsewhere = new FakeProvider();
  let version = 1;

  beforeAll(async () => {
    await elsewhere.start();
    await gateway.start();
  });
  afterAll(async () => {
    await gateway.stop();
    await elsewhere.stop();
  });

  const call = async (model: string) => {
    const response = await gateway.chat({ model: `@acme/${model}`, messages });
    return { status: response.status, body: await response.text() };
  };
  /** Waits for a call that is made with this version's credential. */
  const callOnce = (model: string, marker: string) =>
    until(async () => {
      await call(model);
      return [...provider.calls, ...elsewhere.calls].some(({ headers }) => headers['x-marker'] === marker);
    });
  const seal = async (fields: Record<string, string>, urls: readonly string[]) => {
    version++;
    const marker = `marker-${version}`;
    await gateway.sealFor(version, { ...fields, 'header:x-marker': marker }, urls);
    return marker;
  };

  it('gets the headers that were sealed for it, which are as secret as a key', async () => {
    const marker = await seal({ 'header:x-team': TEAM, 'header:accept': 'nothing' }, [provider.baseUrl]);
    gateway.setIntegration({ credentialVersion: version });
    await callOnce('small', marker);
    const received = provider.calls.at(-1)?.headers;
    expect(received).toMatchObject({ 'x-team': TEAM, accept: 'application/json' });
    expect(received).not.toHaveProperty('authorization');
    provider.script = (request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: { message: `your team is ${String(request.headers['x-team'])}` } }),
      );
    };
    expect((await call('small')).body).not.toContain(TEAM);
    provider.script = plainAnswer();
  });

  it.each([
    ['EMPTY', 'the context is too long', true],
    ['ollama', 'model "small" not found, try pulling it first', true],
    ['EMPTY', 'the key EMPTY is not known', false],
    ['lm-studio', 'no model is loaded', true],
    ['ollama', 'ollama is not running', false],
  ])(
    'with a key as short as %s says why it refuses, unless that has the key in it: %s',
    async (key, why, told) => {
      const marker = await seal({ api_key: key }, [provider.baseUrl]);
      gateway.setIntegration({ credentialVersion: version });
      await callOnce('small', marker);
      provider.script = (_request, response) => {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message: why } }));
      };
      const { status, body } = await call('small');
      expect(status).toBe(400);
      expect((JSON.parse(body) as { error: { message: string } }).error.message === why).toBe(told);
      expect(body.includes(key)).toBe(false);
      provider.script = plainAnswer();
    },
  );

  it('may have a model somewhere else, where the credential must be sealed for', async () => {
    const modelHosts = { free: elsewhere.baseUrl };
    const marker = await seal({ api_key: 'sk-both' }, [provider.baseUrl, elsewhere.baseUrl]);
    gateway.setProvision({ limited: false });
    gateway.setIntegration({ credentialVersion: version, modelHosts });
    await callOnce('free', marker);
    expect(elsewhere.calls.at(-1)?.headers['authorization']).toBe('Bearer sk-both');
    const before = elsewhere.calls.length;
    await callOnce('small', marker);
    expect(elsewhere.calls).toHaveLength(before);

    const alone = await seal({ api_key: 'sk-one' }, [provider.baseUrl]);
    gateway.setIntegration({ credentialVersion: version, modelHosts });
    await callOnce('small', alone);
    expect(await call('free')).toMatchObject({
      status: 502,
      body: expect.stringContaining('credential_misdirected'),
    });
    expect(elsewhere.calls).toHaveLength(before);
  });
});
