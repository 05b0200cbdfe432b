import { freePort } from '@gatehouse/embedded-postgres';
import { until } from '@gatehouse/kernel/testing';
import { REFUSALS } from './domain/refusal';
import { chunkOf, plainAnswer, streamed, USAGE, usageChunk } from './testing/fake-provider';
import {
  API_KEY,
  CREDENTIAL,
  GatewayFixture,
  INTEGRATION,
  KEY_ID,
  MODEL,
  ORGANIZATION,
  PROVISION,
  WORKSPACE,
} from './testing/gateway-fixture';

const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 10 };
const stream = { ...body, stream: true };

describe('metrics', () => {
  const gateway = new GatewayFixture();
  let listen: string;
  beforeAll(() => gateway.startSurroundings());
  beforeEach(async () => {
    listen = `127.0.0.1:${await freePort()}`;
    gateway.control.ledger.limits.length = 0;
    gateway.provider.script = plainAnswer();
    gateway.bus.failing = false;
    await gateway.startGateway({ GATEHOUSE_METRICS_LISTEN: listen });
  });
  afterEach(() => gateway.stopGateway());
  afterAll(() => gateway.stop());

  const scrape = async (): Promise<string> => (await fetch(`http://${listen}/metrics`)).text();
  /** Name, labels included → value. */
  const series = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(
      (await scrape())
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  const valueOf = async (name: string): Promise<number | undefined> =>
    (await series()).get(`gatehouse_gateway_${name}`);
  const requests = (surface: string, outcome: string, status: number | 'none') =>
    valueOf(`requests_total{surface="${surface}",outcome="${outcome}",status="${status}"}`);
  const counted = (surface: string, outcome: string, status: number | 'none', times = 1) =>
    until(async () => (await requests(surface, outcome, status)) === times, `${outcome} to be counted`);

  it('counts requests by what they asked for, how they ended and what their clients were told', async () => {
    await (await gateway.chat(body)).text();
    gateway.provider.script = streamed([chunkOf('a'), usageChunk(), 'data: [DONE]\n\n']);
    await (await gateway.chat(stream)).text();
    await counted('openai-chat', 'completed', 200, 2);

    await (await gateway.chat(body, { authorization: 'Bearer nobody' })).text();
    await counted('openai-chat', 'invalid_api_key', 401);
    await (await gateway.chat({ ...body, model: '@nowhere/small' })).text();
    await counted('openai-chat', 'unknown_provider', 404);
    await (await fetch(`${gateway.url}/v1/nothing`)).text();
    await counted('other', 'unknown_url', 404);
    await (await fetch(`${gateway.url}/v1/messages`, { method: 'POST', body: '{}' })).text();
    await counted('anthropic-messages', 'invalid_api_key', 401);

    gateway.provider.script = (_call, response) => response.writeHead(422).end('{"error":{"message":"no"}}');
    await (await gateway.chat(body)).text();
    await counted('openai-chat', 'provider_failed', 422);
    gateway.provider.script = (_call, response) => void response.destroy();
    await (await gateway.chat(body)).text();
    await counted('openai-chat', 'provider_error', 502);
    gateway.provider.script = streamed([chunkOf('a')], { cut: true });
    await (await gateway.chat(stream)).text();
    await counted('openai-chat', 'provider_failed', 200);
  });

  it('counts clients that leave, before and after their answer began', async () => {
    gateway.provider.script = streamed(
      Array.from({ length: 500 }, () => chunkOf('a')),
      { everyMs: 10 },
    );
    const leaving = new AbortController();
    const answer = await gateway.chat(stream, {}, leaving.signal);
    expect(await valueOf('requests_in_flight')).toBe(1);
    leaving.abort();
    await answer.text().catch(() => undefined);
    await counted('openai-chat', 'client_left', 200);

    gateway.provider.script = () => undefined;
    const gone = new AbortController();
    const calls = gateway.provider.calls.length;
    const none = gateway.chat(body, {}, gone.signal).catch(() => undefined);
    await until(() => gateway.provider.calls.length > calls);
    gone.abort();
    await none;
    await counted('openai-chat', 'client_left', 'none');
    expect(await valueOf('requests_in_flight')).toBe(0);
  });

  it('counts tokens by kind, those that nobody told apart, and the time that was added', async () => {
    await (await gateway.chat(body)).text();
    expect(await valueOf('tokens_total{kind="input",estimated="false"}')).toBe(USAGE.prompt_tokens);
    expect(await valueOf('tokens_total{kind="output",estimated="false"}')).toBe(USAGE.completion_tokens);
    gateway.provider.script = plainAnswer(null);
    await (await gateway.chat(body)).text();
    expect(await valueOf('tokens_total{kind="output",estimated="true"}')).toBeGreaterThan(0);
    expect(await valueOf('tokens_total{kind="output",estimated="false"}')).toBe(USAGE.completion_tokens);

    expect(await valueOf('added_seconds_count')).toBe(2);
    expect(await valueOf('added_seconds_bucket{le="+Inf"}')).toBe(2);
    expect(await valueOf('added_seconds_bucket{le="10"}')).toBe(2);
    expect(await valueOf('added_seconds_bucket{le="0.00005"}')).toBeLessThan(2);
    expect(await valueOf('added_seconds_sum')).toBeGreaterThan(0);
  });

  it('shows what is held and waited for, and how the journal stands at the ledger', async () => {
    expect(await valueOf('ledger_state{state="open"}')).toBe(1);
    expect(await valueOf('ledger_state{state="fenced"}')).toBe(0);
    // Room for one request, and not for two.
    gateway.control.ledger.budget(PROVISION, 300_000n);
    gateway.provider.script = () => undefined;
    const leaving = new AbortController();
    const first = gateway.chat({ ...body, max_tokens: 80 }, {}, leaving.signal).catch(() => undefined);
    await until(async () => (await valueOf('holds')) === 1, 'a hold');
    // Others want what it leaves: the lease admits nobody else.
    expect(await valueOf('leases{state="admitting"}')).toBe(0);
    expect(await valueOf('leases{state="ending"}')).toBe(1);
    const second = gateway.chat({ ...body, max_tokens: 80 }, { 'x-gatehouse-wait-ms': '2000' });
    await until(async () => (await valueOf('waiting')) === 1, 'a request in line');
    expect((await second).status).toBe(412);
    await counted('openai-chat', 'budget_exceeded', 412);
    leaving.abort();
    await first;
    await until(async () => (await valueOf('holds')) === 0, 'the hold to end');
    expect(await valueOf('waiting')).toBe(0);
    gateway.control.ledger.plentiful = true;
    gateway.provider.script = plainAnswer();
    await (await gateway.chat(body)).text();
    expect(await valueOf('leases{state="admitting"}')).toBe(1);
    gateway.control.ledger.plentiful = false;
  });

  it('shows for how long the bus was not told', async () => {
    gateway.bus.failing = true;
    await (await gateway.chat(body)).text();
    await until(async () => ((await valueOf('journal_lag_seconds')) ?? 0) > 0.05, 'a lag');
    gateway.bus.failing = false;
    await until(async () => (await valueOf('journal_lag_seconds')) === 0, 'the lag to end');
  });

  it('has no more series than there are words for them, and nothing of whoever calls', async () => {
    for (let number = 0; number < 20; number++) {
      const headers = {
        'x-gatehouse-metadata': `{"team":"canary-${number}"}`,
        'x-gatehouse-trace-id': `canary-${number}`,
      };
      await (await gateway.chat({ ...body, model: `@acme/canary-${number}` }, headers)).text();
      await (await gateway.chat(body, { authorization: `Bearer canary-${number}` })).text();
      await (await fetch(`${gateway.url}/canary-${number}`)).text();
      // A provider can answer with any number.
      gateway.provider.script = (_call, response) => response.writeHead(600 + number).end('{}');
      await (await gateway.chat(body, headers)).text();
    }
    await counted('other', 'unknown_url', 404, 20);
    const found = [...(await series()).keys()].filter((name) => name.includes('requests_total'));
    expect(found.length).toBeLessThan(8);
    const text = await scrape();
    for (const outcome of text.matchAll(/outcome="([^"]*)"/g))
      expect(['completed', 'provider_failed', 'client_left', ...Object.keys(REFUSALS)]).toContain(outcome[1]);
    const names = [ORGANIZATION, WORKSPACE, PROVISION, INTEGRATION, KEY_ID, API_KEY, CREDENTIAL];
    for (const secret of [...names, 'canary', 'acme', 'small', 'token-of'])
      expect(text).not.toContain(secret);
  });

  it('answers on a listener of its own, GET /metrics alone, and there alone', async () => {
    const { status, headers } = await fetch(`http://${listen}/metrics`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect((await fetch(`http://${listen}/metrics`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`http://${listen}/v1/models`)).status).toBe(404);
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
    await gateway.stopGateway();
    await expect(fetch(`http://${listen}/metrics`)).rejects.toThrow();
  });
});
