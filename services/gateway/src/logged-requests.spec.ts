import { until } from '@gatehouse/kernel/testing';
import { PinoServiceLog } from '@gatehouse/platform';
import { plainAnswer } from './testing/fake-provider';
import { API_KEY, GatewayFixture, KEY_ID, MODEL, ORGANIZATION, WORKSPACE } from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'canary' }], max_tokens: 10 };
const OWNED = { apiKeyId: KEY_ID, workspaceId: WORKSPACE, organizationId: ORGANIZATION };

describe('requests in the log', () => {
  const gateway = new GatewayFixture();
  const info = jest.spyOn(PinoServiceLog.prototype, 'info').mockImplementation(() => undefined);
  const lines = (): readonly Record<string, unknown>[] =>
    info.mock.calls.flatMap(([fields, message]) =>
      message === 'a request ended' ? [fields as Record<string, unknown>] : [],
    );
  beforeAll(() => gateway.startSurroundings());
  beforeEach(() => {
    gateway.provider.script = plainAnswer();
  });
  afterEach(() => gateway.stopGateway());
  afterAll(async () => {
    info.mockRestore();
    await gateway.stop();
  });

  it('are those that ended in an error, each with its id and how it ended, and nothing that was written in it', async () => {
    await gateway.startGateway({ GATEHOUSE_LOG_ONE_REQUEST_IN: '0' });
    info.mockClear();
    const told = async (answered: Promise<Response>): Promise<string | null> => {
      const answer = await answered;
      await answer.text();
      return answer.headers.get('x-gatehouse-request-id');
    };
    await told(gateway.chat(body));
    const ids = [
      await told(gateway.chat(body, { authorization: 'Bearer canary' })),
      await told(gateway.chat({ ...body, model: '@canary/small' })),
      await told(fetch(`${gateway.url}/canary`)),
    ];
    gateway.provider.script = (_call, response) => void response.writeHead(500).end('canary');
    ids.push(await told(gateway.chat(body)));
    await until(() => lines().length === ids.length, 'each to be told');
    expect(lines()).toMatchObject([
      { requestId: ids[0], surface: 'openai-chat', outcome: 'invalid_api_key', status: 401 },
      { requestId: ids[1], surface: 'openai-chat', outcome: 'unknown_provider', status: 404, ...OWNED },
      { requestId: ids[2], surface: 'other', outcome: 'unknown_url', status: 404 },
      { requestId: ids[3], surface: 'openai-chat', outcome: 'provider_error', status: 502, ...OWNED },
    ]);
    expect(lines()[0]).not.toHaveProperty('apiKeyId');
    expect(JSON.stringify(lines())).not.toMatch(new RegExp(`canary|small|${API_KEY}`));
  });

  it('are one in so many of those that end well', async () => {
    await gateway.startGateway({ GATEHOUSE_LOG_ONE_REQUEST_IN: '3' });
    info.mockClear();
    for (let at = 0; at < 9; at++) await (await gateway.chat(body)).text();
    await until(() => lines().length === 3, 'a third to be told');
    expect(lines()[0]).toMatchObject({ outcome: 'completed', status: 200, ...OWNED });
    expect(lines()[0]?.['tookMs']).toBeGreaterThan(0);
  });
});
