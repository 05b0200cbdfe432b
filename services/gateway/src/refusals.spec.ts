import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { until } from '@gatehouse/kernel/testing';
import { meteringV1 } from '@gatehouse/proto-gen';
import { FakeProvider, plainAnswer } from './testing/fake-provider';
import {
  API_KEY,
  CREDENTIAL,
  GatewayFixture,
  INTEGRATION,
  KEY_ID,
  MODEL,
  PROVISION,
} from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const BODY_BYTES_MAX = 64 * 1024;

interface ErrorBody {
  readonly error: {
    message: string;
    type: string;
    code: string;
    param: string | null;
    limit?: Record<string, unknown>;
  };
}

describe('refusals', () => {
  const gateway = new GatewayFixture();
  const { control, provider, bus } = gateway;

  beforeAll(() => gateway.start({ GATEHOUSE_BODY_BYTES_MAX: String(BODY_BYTES_MAX) }));
  afterAll(() => gateway.stop());
  beforeEach(() => {
    control.ledger.limits.length = 0;
    control.fault = 'none';
    provider.calls.length = 0;
    provider.script = plainAnswer();
  });

  const refused = async (response: Response, status: number, code: string): Promise<ErrorBody['error']> => {
    const body = (await response.json()) as ErrorBody;
    expect({ status: response.status, code: body.error.code }).toEqual({ status, code });
    expect(response.headers.get('x-gatehouse-request-id')).toMatch(/^req_/);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(body.error).toMatchObject({ message: expect.any(String), type: expect.any(String) });
    expect(body.error).toHaveProperty('param');
    return body.error;
  };

  describe('before any provider or the ledger is asked', () => {
    afterEach(() => {
      expect(provider.calls).toHaveLength(0);
      expect(control.ledger.asks.size).toBe(0);
      expect(bus.records).toHaveLength(0);
    });

    const ok = { model: MODEL, messages };
    const invalid: [string, unknown][] = [
      ['not JSON', '{"model":'],
      ['no object', '[]'],
      ['an empty body', ''],
      ['a duplicate key', `{"model":"${MODEL}","messages":[{"role":"user","content":"a"}],"n":1,"n":2}`],
      ['a duplicate key in disguise', `{"model":"${MODEL}","mod\\u0065l":"x","messages":[{"role":"user"}]}`],
      ['a controlled key in other case', { ...ok, Max_Tokens: 1 }],
      ['no model', { messages }],
      ['a model that is no string', { ...ok, model: 7 }],
      ['a model without a name', { ...ok, model: '@acme/' }],
      ['no messages', { model: MODEL }],
      ['messages that are no array', { ...ok, messages: {} }],
      ['messages that are null', { ...ok, messages: null }],
      ['no message', { ...ok, messages: [] }],
      ['a message that is no object', { ...ok, messages: ['hi'] }],
      ['a message without a role', { ...ok, messages: [{ content: 'hi' }] }],
      ['a role that is no string', { ...ok, messages: [{ role: 1 }] }],
      ['max_tokens 0', { ...ok, max_tokens: 0 }],
      ['max_tokens −1', { ...ok, max_tokens: -1 }],
      ['max_tokens 1.5', { ...ok, max_tokens: 1.5 }],
      ['max_tokens as text', { ...ok, max_tokens: '5' }],
      ['max_completion_tokens true', { ...ok, max_completion_tokens: true }],
      ['an output limit above the model’s', { ...ok, max_tokens: 1_001 }],
      ['an absurd output limit', { ...ok, max_completion_tokens: 1e300 }],
      ['output limits that contradict each other', { ...ok, max_tokens: 5, max_completion_tokens: 4 }],
      ['n 0', { ...ok, n: 0 }],
      ['n 129', { ...ok, n: 129 }],
      ['n as text', { ...ok, n: '1' }],
      ['stream as text', { ...ok, stream: 'true' }],
      ['stream_options that are no object', { ...ok, stream: true, stream_options: 1 }],
      ['include_usage that is no boolean', { ...ok, stream: true, stream_options: { include_usage: 1 } }],
    ];
    it.each(invalid)('%s is an invalid request', async (_what, body) => {
      await refused(await gateway.chat(body), 400, 'invalid_request');
    });

    it('invalid UTF-8 is an invalid request', async () => {
      const body = Buffer.concat([
        Buffer.from(`{"model":"${MODEL}","messages":[{"role":"`),
        Buffer.from([0xff]),
      ]);
      const headers = { authorization: `Bearer ${API_KEY}` };
      const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body });
      await refused(response, 400, 'invalid_request');
    });

    it.each([
      ['service_tier', { service_tier: 'priority' }],
      ['web_search_options', { web_search_options: {} }],
      ['models', { models: ['acme/large'] }],
      ['provider.order', { provider: { order: ['dear'] } }],
      ['deferred', { deferred: true }],
      ['tools', { tools: [{ type: 'live_search' }] }],
    ])('%s cannot be bounded', async (param, more) => {
      const error = await refused(await gateway.chat({ ...ok, ...more }), 400, 'unsupported_parameter');
      expect(error.param).toBe(param);
    });

    it('a dialect that is not served is a surface that nothing leads from', async () => {
      gateway.setIntegration({ dialect: 'gemini' });
      await until(async () => (await models()).length === 0);
      await refused(await gateway.chat(ok), 400, 'unsupported_surface');
      gateway.setIntegration({});
      await until(async () => (await models()).length > 0);
    });

    it.each([
      ['unknown', 'Bearer gh_00000000000000000000000000_no'],
      ['malformed', 'Basic abc'],
      ['absent', undefined],
    ])('a key that is %s', async (_what, authorization) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const init = { method: 'POST', headers, body: JSON.stringify(ok) };
      await refused(await fetch(`${gateway.url}/v1/chat/completions`, init), 401, 'invalid_api_key');
      await refused(await fetch(`${gateway.url}/v1/models`, { headers }), 401, 'invalid_api_key');
    });

    it.each([
      ['404 unknown_provider', '@nobody/small'],
      ['403 provider_not_provisioned', '@other/small'],
      ['403 model_not_allowed', '@acme/secret'],
      ['403 model_not_allowed', '@acme/nothing'],
      ['403 model_not_allowed', 'nothing'],
    ])('%s for %s', async (expected, model) => {
      const [status = '', code = ''] = expected.split(' ');
      await refused(await gateway.chat({ model, messages }), Number(status), code);
    });

    it('a disabled provision', async () => {
      gateway.setProvision({ enabled: false });
      await until(async () => (await models()).length === 0);
      await refused(await gateway.chat(ok), 403, 'integration_disabled');
      gateway.setProvision({});
      await until(async () => (await models()).length > 0);
    });

    it('a disabled integration, by name or by what it offers', async () => {
      gateway.setIntegration({ disabled: true });
      await until(async () => (await models()).length === 0);
      const answer = await gateway.chat(ok);
      const { error } = (await answer.clone().json()) as { error: { message: string } };
      expect(error.message).toBe("The integration '@acme' is disabled.");
      await refused(answer, 403, 'integration_disabled');
      await refused(await gateway.chat({ model: 'small', messages }), 403, 'model_not_allowed');
      gateway.setIntegration({});
      await until(async () => (await models()).length > 0);
    });

    it.each([
      ['GET', '/v1/chat/completions'],
      ['POST', '/v1/audio/speech'],
      ['GET', '/'],
      ['PUT', '/v1/models'],
      ['POST', '/%'],
    ])('%s %s is unknown', async (method, path) => {
      const body = method === 'GET' ? null : 'x'.repeat(100_000);
      await refused(await fetch(gateway.url + path, { method, body }), 404, 'unknown_url');
    });

    it.each([
      ['no JSON', '{'],
      ['no object', '["a"]'],
      ['nothing', 'null'],
      ['an object within', '{"a":{}}'],
      ['an empty key', '{"":"a"}'],
      ['a long key', JSON.stringify({ ['k'.repeat(65)]: 'a' })],
      ['a long value', JSON.stringify({ k: 'v'.repeat(129) })],
      ['a NUL', '{"k":"\\u0000"}'],
      ['a key that no record has', '{"__proto__":"a"}'],
      ['many pairs', JSON.stringify(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ''])))],
    ])('metadata with %s', async (_what, metadata) => {
      await refused(await gateway.chat(ok, { 'x-gatehouse-metadata': metadata }), 400, 'invalid_request');
    });

    it('a wait that is no number', async () => {
      await refused(await gateway.chat(ok, { 'x-gatehouse-wait-ms': '1s' }), 400, 'invalid_request');
    });
  });

  const models = async (): Promise<string[]> => {
    const headers = { 'x-gatehouse-api-key': API_KEY };
    const response = await fetch(`${gateway.url}/v1/models`, { headers });
    return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
  };

  it('lists the models that the key may call', async () => {
    expect(await models()).toEqual(['@acme/free', '@acme/small']);
  });

  it('takes a bare model that one provision offers, and the provider header', async () => {
    expect((await gateway.chat({ model: 'small', messages })).status).toBe(200);
    expect(
      (await gateway.chat({ model: 'small', messages }, { 'x-gatehouse-provider': 'acme' })).status,
    ).toBe(200);
    expect(
      (await gateway.chat({ model: 'small', messages }, { 'x-portkey-virtual-key': 'nobody' })).status,
    ).toBe(404);
    expect(provider.calls.map(({ json }) => json['model'])).toEqual(['small', 'small']);
  });

  describe('a body that is too large', () => {
    const send = (chunked: boolean, bytes: number): Promise<{ status: number; body: string }> =>
      new Promise((resolve, reject) => {
        const request = httpRequest(`${gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${API_KEY}`,
            ...(!chunked && { 'content-length': String(bytes) }),
          },
        });
        request.on('error', reject);
        request.on('response', (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        });
        const piece = Buffer.alloc(64 * 1024, 'x');
        const write = (left: number): void => {
          if (left <= 0) return void request.end();
          request.write(piece.subarray(0, Math.min(left, piece.length)), () => write(left - piece.length));
        };
        write(bytes);
      });

    it.each([
      ['with a length', false],
      ['in chunks', true],
    ])('gets its 413, %s', async (_what, chunked) => {
      const { status, body } = await send(chunked, 20 * 1024 * 1024);
      expect(status).toBe(413);
      expect((JSON.parse(body) as ErrorBody).error.code).toBe('request_too_large');
      expect(provider.calls).toHaveLength(0);
    });

    it('gets its 401 all the same without a key', async () => {
      const init = { method: 'POST', body: 'x'.repeat(4 * 1024 * 1024) };
      await refused(await fetch(`${gateway.url}/v1/chat/completions`, init), 401, 'invalid_api_key');
    });

    it('is served up to the last byte', async () => {
      const body = JSON.stringify({ model: MODEL, messages, max_tokens: 1 });
      expect((await gateway.chat(body + ' '.repeat(BODY_BYTES_MAX - body.length))).status).toBe(200);
      expect((await gateway.chat(body + ' '.repeat(BODY_BYTES_MAX - body.length + 1))).status).toBe(413);
    });
  });

  describe('limits', () => {
    it.each([
      [false, 'nano_usd', '1000'],
      [true, 'tokens', '10'],
    ])('one that a request can never fit is nothing to wait for (a rate: %p)', async (rate, unit, whole) => {
      if (rate) control.ledger.rate(PROVISION, 10n, meteringV1.LimitUnit.TOKENS);
      else control.ledger.budget(PROVISION, 1_000n);
      const answer = await gateway.chat({ model: MODEL, messages }, { 'x-gatehouse-wait-ms': '20000' });
      expect(answer.headers.get('retry-after')).toBeNull();
      const error = await refused(answer, 400, 'request_exceeds_limit');
      expect(error.limit).toMatchObject({ unit, limit: whole });
      expect(provider.calls).toHaveLength(0);
    });

    it('a budget that does not leave room says what stands against it', async () => {
      const limit = control.ledger.budget(PROVISION, 10_000_000n);
      limit.spent = 9_999_000n;
      const error = await refused(await gateway.chat({ model: MODEL, messages }), 412, 'budget_exceeded');
      expect(error.limit).toEqual({
        id: limit.id,
        kind: 'budget',
        scope: 'provision',
        scope_id: PROVISION,
        unit: 'nano_usd',
        limit: '10000000',
        spent: '9999000',
        held: '0',
        remaining: '1000',
        resets_at: null,
      });
      expect(provider.calls).toHaveLength(0);
    });

    it('a rate limit says when to come again', async () => {
      control.ledger.rate(PROVISION, 1n);
      const first = await gateway.chat({ model: MODEL, messages });
      expect(first.headers.get('x-ratelimit-limit-requests')).toBe('1');
      expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('0');
      await until(() => control.ledger.open.size === 0);
      const response = await gateway.chat({ model: MODEL, messages });
      await refused(response, 429, 'rate_limit_exceeded');
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(provider.calls).toHaveLength(1);
    });

    it('an unpriced model under a budget in USD', async () => {
      control.ledger.budget(PROVISION, 1_000_000_000n);
      await refused(await gateway.chat({ model: '@acme/free', messages }), 400, 'model_unpriced');
      expect(provider.calls).toHaveLength(0);
    });

    it('an unpriced model under a budget in tokens is served, and its cost unknown', async () => {
      const limit = control.ledger.budget(PROVISION, 100_000n, meteringV1.LimitUnit.TOKENS);
      const response = await gateway.chat({ model: '@acme/free', messages });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-gatehouse-budget-remaining-tokens')).not.toBeNull();
      await until(() => control.ledger.open.size === 0);
      expect(limit.spent).toBe(15n);
      await until(() => bus.records.some(({ model }) => model === 'free'));
      expect(bus.records.find(({ model }) => model === 'free')?.amountNanoUsd).toBeUndefined();
    });

    it('waits for holds in flight, in order, and then fits', async () => {
      // Room for one bound at a time.
      control.ledger.budget(PROVISION, 250_000n);
      provider.script = (call, response, request) =>
        setTimeout(() => plainAnswer()(call, response, request), 20);
      const body = { model: MODEL, messages, max_tokens: 50 };
      const statuses = await Promise.all(
        Array.from(
          { length: 6 },
          async () => (await gateway.chat(body, { 'x-gatehouse-wait-ms': '8000' })).status,
        ),
      );
      expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
    });

    it('refuses when the wait is over', async () => {
      control.ledger.budget(PROVISION, 250_000n);
      let answer = (): void => undefined;
      provider.script = (call, response, request) => (answer = () => plainAnswer()(call, response, request));
      const body = { model: MODEL, messages, max_tokens: 50 };
      const first = gateway.chat(body);
      await until(() => provider.calls.length === 1);
      const error = await refused(
        await gateway.chat(body, { 'x-gatehouse-wait-ms': '60' }),
        412,
        'budget_exceeded',
      );
      expect(error.limit).toMatchObject({ spent: '0', held: expect.stringMatching(/^1\d{5}$/) });
      answer();
      expect((await first).status).toBe(200);
    });

    it('metering that is away is a 503, and nothing leaks', async () => {
      const limit = control.ledger.budget(PROVISION, 1_000_000_000n);
      control.fault = 'loseAskAnswers';
      const response = await gateway.chat({ model: MODEL, messages });
      await refused(response, 503, 'limits_unavailable');
      expect(response.headers.get('retry-after')).toBe('1');
      expect(control.ledger.open.size).toBe(1);
      control.fault = 'down';
      await refused(await gateway.chat({ model: MODEL, messages }), 503, 'limits_unavailable');
      expect(provider.calls).toHaveLength(0);
      control.fault = 'none';
      await until(() => control.ledger.open.size === 0, 'the lost lease to be closed');
      expect(limit).toMatchObject({ spent: 0n, held: 0n });
      await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 200);
    });

    it('limits that metering has not seen yet are never unlimited', async () => {
      control.fault = 'notSeen';
      await refused(await gateway.chat({ model: MODEL, messages }), 503, 'limits_unavailable');
      control.fault = 'none';
      expect((await gateway.chat({ model: MODEL, messages })).status).toBe(200);
    });
  });

  describe('a credential and its host', () => {
    const elsewhere = new FakeProvider();
    beforeAll(() => elsewhere.start());
    afterAll(() => elsewhere.stop());
    afterEach(async () => {
      gateway.setIntegration({});
      await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 200);
    });

    const answered = async (status: number): Promise<Response> => {
      let response = await gateway.chat({ model: MODEL, messages });
      await until(async () => {
        if (response.status !== status) response = await gateway.chat({ model: MODEL, messages });
        return response.status === status;
      });
      return response;
    };

    it.each([
      ['another port', () => elsewhere.baseUrl],
      ['another scheme', () => provider.baseUrl.replace('http:', 'https:')],
      ['another name of the same machine', () => provider.baseUrl.replace('127.0.0.1', 'localhost')],
      ['no URL at all', () => 'elsewhere'],
    ])('a forged configuration sends nothing to %s', async (_where, baseUrl) => {
      gateway.setIntegration({ baseUrl: baseUrl() });
      await answered(502);
      await until(() => control.ledger.open.size === 0);
      const limit = control.ledger.budget(PROVISION, 1_000_000_000n);
      const calls = provider.calls.length;
      const response = await gateway.chat({ model: MODEL, messages });
      const error = await refused(response, 502, 'credential_misdirected');
      expect(response.headers.get('x-should-retry')).toBe('false');
      for (const secret of [CREDENTIAL, baseUrl(), new URL(provider.baseUrl).host]) {
        expect(error.message).not.toContain(secret);
      }
      await until(() => control.ledger.open.size === 0);
      expect(limit).toMatchObject({ spent: 0n, held: 0n });
      expect(provider.calls).toHaveLength(calls);
      expect(elsewhere.calls).toHaveLength(0);
      gateway.setIntegration({});
      const idOf = (answer: Response) => answer.headers.get('x-gatehouse-request-id');
      const next = idOf(await answered(200));
      await until(() => bus.records.some(({ requestId }) => requestId === next));
      expect(bus.records.map(({ requestId }) => requestId)).not.toContain(idOf(response));
    });

    it('a vault that adds an origin to the row makes it unreadable', async () => {
      await gateway.seal(2, { api_key: CREDENTIAL });
      const row = control.sealed.get(`${INTEGRATION}.2`);
      if (!row) throw new Error('nothing sealed');
      const origins = [...row.origins, new URL(elsewhere.baseUrl).origin].sort();
      control.sealed.set(`${INTEGRATION}.2`, { ...row, origins });
      gateway.setIntegration({ baseUrl: elsewhere.baseUrl, credentialVersion: 2 });
      await refused(await answered(503), 503, 'credential_unavailable');
      expect(elsewhere.calls).toHaveLength(0);
    });

    it('a row whose origins nobody states is not used', async () => {
      await gateway.seal(3, { api_key: CREDENTIAL });
      const row = control.sealed.get(`${INTEGRATION}.3`);
      if (!row) throw new Error('nothing sealed');
      control.sealed.set(`${INTEGRATION}.3`, { ...row, origins: [] });
      gateway.setIntegration({ credentialVersion: 3 });
      await refused(await answered(503), 503, 'credential_unavailable');
    });
  });

  it('a revoked key is refused at once', async () => {
    control.set({ id: KEY_ID, value: undefined });
    const startedAt = Date.now();
    await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 401);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    gateway.setKey();
    await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 200);
  });

  it('the keys of an archived workspace are refused at once, for whatever they ask', async () => {
    gateway.setWorkspace({ archived: true });
    await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 403);
    await refused(await gateway.chat({ model: MODEL, messages }), 403, 'workspace_archived');
    const headers = { authorization: `Bearer ${API_KEY}` };
    await refused(await fetch(`${gateway.url}/v1/models`, { headers }), 403, 'workspace_archived');
    gateway.setWorkspace({});
    await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 200);
  });

  it('a malformed head is told so', async () => {
    const { port } = new URL(gateway.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('GARBAGE\r\n\r\n'));
      socket.on('data', (data) => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1.1 400/);
  });
});
