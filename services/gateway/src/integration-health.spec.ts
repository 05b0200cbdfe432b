import { until } from '@gatehouse/kernel/testing';
import { GatewayFixture, INTEGRATION, MODEL } from './testing/gateway-fixture';

const fixture = new GatewayFixture();
beforeAll(() => fixture.start());
afterAll(() => fixture.stop());

const ask = { model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 8 };
const answering =
  (status: number): typeof fixture.provider.script =>
  (_call, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{}}');

test('the registry is told when calls were last answered so, of the version that was called with', async () => {
  const { reports } = fixture.control;
  await fixture.chat(ask);
  for (const status of [401, 403, 429, 500]) {
    fixture.provider.script = answering(status);
    await fixture.chat(ask);
  }
  await until(() => reports.some(({ lastRateLimitedAt }) => lastRateLimitedAt !== undefined));
  const fields = new Set(
    reports.flatMap((report) =>
      Object.entries(report).flatMap(([name, value]) => (value === undefined ? [] : [name])),
    ),
  );
  expect([...fields].sort()).toEqual([
    'credentialVersion',
    'integrationId',
    'lastForbiddenAt',
    'lastRateLimitedAt',
    'lastSuccessAt',
    'lastUnauthorizedAt',
  ]);
  for (const report of reports) {
    expect(report).toMatchObject({ integrationId: INTEGRATION, credentialVersion: 1 });
  }
}, 30_000);
