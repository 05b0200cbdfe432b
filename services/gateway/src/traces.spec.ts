import { until } from '@gatehouse/kernel/testing';
import { PinoServiceLog } from '@gatehouse/platform';
import { attributesOf, type CollectedSpan, FakeCollector } from './testing/fake-collector';
import { chunkOf, plainAnswer, type Script, streamed, USAGE, usageChunk } from './testing/fake-provider';
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

const body = { model: MODEL, messages: [{ role: 'user', content: 'canary of a prompt' }], max_tokens: 10 };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const sampled = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };
const unsampled = { traceparent: `00-${TRACE}-${PARENT}-00` };
const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];
const [UNSET, ERROR] = [0, 2];

describe('spans', () => {
  const gateway = new GatewayFixture();
  const { provider, control } = gateway;
  const collector = new FakeCollector();
  const { spans } = collector;

  beforeAll(async () => {
    await gateway.startSurroundings();
    await collector.start();
  });
  beforeEach(() => {
    control.ledger.limits.length = 0;
    provider.script = plainAnswer();
    provider.calls.length = 0;
    collector.silent = false;
    spans.length = 0;
  });
  afterEach(() => gateway.stopGateway());
  afterAll(async () => {
    await gateway.stop();
    await collector.stop();
  });

  const start = (share: string) =>
    gateway.startGateway({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_TRACES_SAMPLER_ARG: share,
    });
  const call = async (headers: Record<string, string> = {}, members: object = {}): Promise<Response> => {
    const answer = await gateway.chat({ ...body, ...members }, headers);
    await answer.text();
    return answer;
  };
  const ofKind = (kind: number): readonly CollectedSpan[] => spans.filter((span) => span.kind === kind);
  const collected = (count: number) => until(() => spans.length === count, `${count} spans`);
  /** In milliseconds. */
  const tookMs = ({ startTimeUnixNano, endTimeUnixNano }: CollectedSpan): number =>
    Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1_000_000;

  it('go on with a trace that its client samples: the request, its admission, and the call of its provider', async () => {
    await start('0');
    const answer = await call(sampled);
    await collected(3);
    const [[server], [admit], [client]] = [ofKind(SERVER), ofKind(INTERNAL), ofKind(CLIENT)];
    for (const span of spans) expect(span.traceId).toBe(TRACE);
    expect(server).toMatchObject({
      ...{ name: 'POST /v1/chat/completions', parentSpanId: PARENT, status: { code: UNSET } },
      events: [{ name: 'received' }],
    });
    expect(attributesOf(server)).toEqual({
      ...{ 'http.request.method': 'POST', 'http.route': '/v1/chat/completions' },
      ...{ 'http.response.status_code': 200, 'gatehouse.outcome': 'completed' },
      'gatehouse.surface': 'openai-chat',
      'gatehouse.request.id': answer.headers.get('x-gatehouse-request-id'),
      ...{ 'gatehouse.organization.id': ORGANIZATION, 'gatehouse.workspace.id': WORKSPACE },
      'gatehouse.api_key.id': KEY_ID,
    });
    expect(admit).toMatchObject({ name: 'admit', parentSpanId: server?.spanId });
    expect(client).toMatchObject({
      ...{ name: 'chat small', parentSpanId: server?.spanId, status: { code: UNSET } },
      events: [{ name: 'first_byte' }],
    });
    expect(attributesOf(client)).toEqual({
      ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'self-hosted' },
      ...{ 'gen_ai.request.model': 'small', 'http.response.status_code': 200 },
      'gen_ai.usage.input_tokens': USAGE.prompt_tokens,
      'gen_ai.usage.output_tokens': USAGE.completion_tokens,
      'gen_ai.usage.cache_read.input_tokens': 0,
      ...{ 'gatehouse.attempt': 1, 'gatehouse.usage.estimated': false },
      ...{ 'gatehouse.provision.id': PROVISION, 'gatehouse.integration.id': INTEGRATION },
    });
    // The provider's own are beneath its call.
    expect(provider.calls[0]?.headers).toMatchObject({
      ...{ traceparent: `00-${TRACE}-${client?.spanId}-01`, tracestate: sampled.tracestate },
    });
  });

  it('are of the times at which things came about', async () => {
    await start('0');
    provider.script = streamed([chunkOf('a'), usageChunk(), 'data: [DONE]\n\n'], { everyMs: 60 });
    const before = Date.now();
    await call(sampled, { stream: true });
    await collected(3);
    const [[server], [admit], [client]] = [ofKind(SERVER), ofKind(INTERNAL), ofKind(CLIENT)];
    if (!server || !admit || !client) throw new Error('a span of each kind');
    expect(Number(BigInt(server.startTimeUnixNano) / 1_000_000n)).toBeGreaterThanOrEqual(before - 1);
    expect(tookMs(client)).toBeGreaterThan(120);
    expect(tookMs(server)).toBeGreaterThan(tookMs(client));
    expect(BigInt(admit.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(client.startTimeUnixNano));
    const firstByte = BigInt(client.events[0]?.timeUnixNano ?? 0);
    expect(firstByte).toBeGreaterThan(BigInt(client.startTimeUnixNano));
    expect(firstByte).toBeLessThan(BigInt(client.endTimeUnixNano) - 60_000_000n);
    expect(BigInt(client.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(server.endTimeUnixNano));
  });

  it('are not made where its client samples nothing, and the provider hears what it said', async () => {
    await start('1');
    await call(unsampled);
    expect(provider.calls[0]?.headers['traceparent']).toBe(unsampled.traceparent);
    await call();
    await collected(3);
    expect(spans.filter(({ traceId }) => traceId === TRACE)).toEqual([]);
  });

  it.each([
    ['none is said', {}],
    ['what is said is not valid', { traceparent: `00-${'0'.repeat(32)}-${PARENT}-01` }],
    ['what is said is of no version', { traceparent: `ff-${TRACE}-${PARENT}-01` }],
  ])('are of a share of requests where %s, each a trace of its own', async (_what, headers) => {
    await start('0.25');
    for (let number = 0; number < 8; number++) await call(headers);
    await collected(6);
    const [first, second] = ofKind(SERVER);
    expect(first?.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    expect(second?.traceId).not.toBe(first?.traceId);
    expect(first?.parentSpanId ?? '').toBe('');
    const heard = provider.calls.flatMap((each) => each.headers['traceparent'] ?? []);
    expect(heard).toContain(`00-${first?.traceId}-${ofKind(CLIENT)[0]?.spanId}-01`);
  });

  it('say of a refusal what it was, and of nobody’s requests nothing', async () => {
    await start('0');
    await call({ ...sampled, authorization: 'Bearer nobody' });
    await call(sampled, { model: '@nowhere/small' });
    await collected(1);
    expect(spans[0]?.status.code).toBe(UNSET);
    expect(attributesOf(spans[0])).toMatchObject({
      ...{ 'http.response.status_code': 404, 'error.type': 'unknown_provider' },
      'gatehouse.outcome': 'unknown_provider',
    });
  });

  it('are one for each attempt, under ids that the provider was told', async () => {
    await start('0');
    await call();
    const reset: Script = (_call, _response, request) => void request.socket.destroy();
    let at = 0;
    provider.script = (...its) => [reset, plainAnswer()][at++]?.(...its);
    provider.calls.length = 0;
    await call(sampled);
    await collected(5);
    expect(ofKind(CLIENT).map((span) => attributesOf(span)['gatehouse.attempt'])).toEqual([1, 2]);
    const [first, second] = ofKind(CLIENT);
    expect(first?.status.code).toBe(ERROR);
    expect(attributesOf(first)).toMatchObject({
      ...{ 'error.type': 'provider_failed', 'gatehouse.usage.estimated': true },
    });
    expect(attributesOf(first)).not.toHaveProperty(['http.response.status_code']);
    expect(second?.status.code).toBe(UNSET);
    expect(provider.calls.map(({ headers }) => headers['traceparent'])).toEqual(
      ofKind(CLIENT).map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
    );
  });

  it('have nothing in them of prompts, answers, keys, credentials and queries', async () => {
    await start('1');
    provider.script = (_call, response) => response.writeHead(500).end('{"error":{"message":"canary"}}');
    const headers = {
      ...{ 'x-gatehouse-metadata': '{"_user":"canary"}', 'x-gatehouse-trace-id': 'canary' },
      ...{ authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    };
    await fetch(`${gateway.url}/v1/chat/completions?canary=1`, {
      ...{ method: 'POST', headers, body: JSON.stringify({ ...body, user: 'canary' }) },
    });
    await call({ 'x-gatehouse-provider': '@canary' });
    await collected(4);
    expect(collector.messages.length).toBeGreaterThan(0);
    for (const { url, headers: sent, text } of collector.messages) {
      expect([url, sent['content-type']]).toEqual(['/v1/traces', 'application/json']);
      for (const secret of ['canary', 'hello', API_KEY, CREDENTIAL]) expect(text).not.toContain(secret);
    }
  });

  it('are told before the gateway ends', async () => {
    await start('1');
    await call();
    await gateway.stopGateway();
    expect(spans).toHaveLength(3);
  });

  it('harm nobody where their collector does not answer or is not there: calls are served, and the end does not wait', async () => {
    const warn = jest.spyOn(PinoServiceLog.prototype, 'warn').mockImplementation(() => undefined);
    collector.silent = true;
    // What is still on its way keeps no test from ending.
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '1000';
    for (const endpoint of [collector.endpoint, 'http://127.0.0.1:9']) {
      await gateway.startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: '1' });
      for (let number = 0; number < 20; number++) expect((await call()).status).toBe(200);
      const from = performance.now();
      await gateway.stopGateway();
      expect(performance.now() - from).toBeLessThan(5_000);
    }
    delete process.env['OTEL_EXPORTER_OTLP_TIMEOUT'];
    warn.mockRestore();
  });

  it('are a setting that is judged when the gateway starts', async () => {
    for (const share of ['-0.1', '1.1', 'all'])
      await expect(start(share)).rejects.toThrow('OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1');
    await expect(gateway.startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).rejects.toThrow(
      'OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL',
    );
  });
});
