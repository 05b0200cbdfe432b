import { until } from '@gatehouse/kernel/testing';
import { plainAnswer } from './testing/fake-provider';
import { API_KEY, GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };

describe('a provision that ends by itself', () => {
  const gateway = new GatewayFixture();
  const { control, provider } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());
  beforeEach(() => {
    provider.script = plainAnswer();
    provider.calls.length = 0;
  });

  const codeOf = async (): Promise<string | undefined> => {
    const response = await gateway.chat(body);
    const answer = (await response.json()) as { readonly error?: { readonly code: string } };
    return answer.error?.code;
  };

  it('is named to metering, limited or not, whose clock ends it too', async () => {
    gateway.setProvision({ limited: false, revision: 7n, expiresAt: new Date('9999-01-01') });
    await until(async () => {
      await gateway.chat(body);
      return control.ledger.asked.at(-1)?.scopes[0]?.revision === 7n;
    }, 'metering to be asked');
    expect(control.ledger.asked.at(-1)?.scopes[0]).toMatchObject({ id: PROVISION });
    control.fault = 'expired';
    expect(await codeOf()).toBe('provision_expired');
    control.fault = 'none';
  });

  it('ends with nobody there to say so', async () => {
    gateway.setProvision({ limited: false, expiresAt: new Date(Date.now() + 1_000) });
    // Neither provisioning nor metering is there from now on.
    control.stop();
    await until(async () => (await codeOf()) === 'provision_expired', 'the provision to end');
    const models = await fetch(`${gateway.url}/v1/models`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect(await models.json()).toMatchObject({ data: [] });
    const calls = provider.calls.length;
    expect(await codeOf()).toBe('provision_expired');
    expect(provider.calls).toHaveLength(calls);
  });
});
