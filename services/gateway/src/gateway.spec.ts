import { gzipSync } from 'node:zlib';
import { until } from '@gatehouse/kernel/testing';
import { meteringV1 } from '@gatehouse/proto-gen';
import { chunkOf, plainAnswer, streamed, USAGE, usageChunk } from './testing/fake-provider';
import { CREDENTIAL, GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const COST_OF_USAGE = 15_000n; // 10 × 0.50 + 5 × 2.00 USD per million

describe('the gateway', () => {
  const gateway = new GatewayFixture();
  const { control, provider, bus } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());
  beforeEach(() => {
    control.ledger.limits.length = 0;
    control.ledger.budget(PROVISION, 1_000_000_000n);
    control.ledger.strict = false;
    provider.calls.length = 0;
    provider.script = plainAnswer();
    bus.records.length = 0;
  });

  /** The record of the first call, or of a given answer, once it was told everywhere. */
  const settled = async (response?: Response): Promise<meteringV1.UsageRecord> => {
    const id = response ? idOf(response) : String(provider.calls[0]?.headers['x-request-id']).split('.')[0];
    const find = () => bus.records.find(({ requestId }) => requestId === id);
    await until(() => find() !== undefined && control.ledger.open.size === 0, 'a usage record');
    return find() as meteringV1.UsageRecord;
  };
  const idOf = (response: Response) => response.headers.get('x-gatehouse-request-id') ?? '';
  const finalOf = (record: meteringV1.UsageRecord) => control.ledger.finalOf(record);

  describe('plain', () => {
    it('relays the answer, settles it exactly, and tells the rest', async () => {
      const response = await gateway.chat({ model: MODEL, messages, max_tokens: 20, seed: 7 });
      expect(response.status).toBe(200);
      expect(((await response.json()) as { usage: unknown }).usage).toEqual(USAGE);
      const requestId = response.headers.get('x-gatehouse-request-id');
      expect(requestId).toMatch(/^req_[0-9a-z]{26}$/);
      expect(response.headers.get('x-gatehouse-budget-remaining-usd')).toMatch(/^0\.99/);
      expect(response.headers.get('x-ratelimit-remaining-requests')).toBeNull();

      const [call] = provider.calls;
      expect(call?.json).toEqual({ model: 'small', messages, max_tokens: 20, seed: 7 });
      expect(call?.headers['x-request-id']).toBe(`${requestId}.1`);
      expect(call?.headers.authorization).toBe(`Bearer ${CREDENTIAL}`);

      const record = await settled();
      expect(record).toMatchObject({
        requestId,
        attempt: 1,
        model: 'small',
        inputTokens: 10n,
        outputTokens: 5n,
        amountNanoUsd: COST_OF_USAGE,
        doubtNanoUsd: 0n,
        estimated: false,
        outcome: meteringV1.UsageOutcome.COMPLETED,
        streamed: false,
      });
      expect(finalOf(record)).toMatchObject({ count: 1n, sum: COST_OF_USAGE, doubt: 0n });
      expect(control.ledger.limits[0]).toMatchObject({ spent: COST_OF_USAGE, held: 0n });
    });

    it('tells the accounts what the client says of its request, and how the provider answered', async () => {
      const trace = '0af7651916cd43dd8448eb211c80319c';
      const told = {
        'x-portkey-metadata': '{"_user":"ada","team":"ä","retry":2,"test":true}',
        traceparent: `00-${trace}-b7ad6b7169203331-01`,
      };
      await gateway.chat({ model: MODEL, messages }, told);
      const record = await settled();
      expect(record).toMatchObject({
        provider: 'self-hosted',
        status: 200,
        metadata: { _user: 'ada', team: 'ä', retry: '2', test: 'true' },
        user: 'ada',
        traceId: trace,
      });
      expect(record.firstByteMs).toBeGreaterThanOrEqual(0);
      expect(record.totalMs).toBeGreaterThanOrEqual(record.firstByteMs ?? NaN);
    });

    it('knows no first byte where there was none', async () => {
      provider.script = (_call, response) => void response.destroy();
      await gateway.chat({ model: MODEL, messages }, { 'x-gatehouse-trace-id': 'ours' });
      const record = await settled();
      expect(record).toMatchObject({ traceId: 'ours', user: '', metadata: {} });
      expect(record.status).toBeUndefined();
      expect(record.firstByteMs).toBeUndefined();
      expect(record.totalMs).toBeGreaterThanOrEqual(0);
    });

    it('gives a request without an output limit one that the grant covers', async () => {
      const limit = control.ledger.budget(PROVISION, 700_000n);
      const answer = await gateway.chat({ model: MODEL, messages });
      const sent = Number(provider.calls[0]?.json['max_tokens']);
      expect(sent).toBeGreaterThanOrEqual(256);
      expect(sent).toBeLessThan(350);
      expect(answer.headers.get('x-gatehouse-output-limit')).toBe(String(sent));
      await settled();
      expect(limit.spent).toBe(COST_OF_USAGE);
      const own = await gateway.chat({ model: MODEL, messages, max_tokens: 20 });
      expect([own.status, own.headers.get('x-gatehouse-output-limit')]).toEqual([200, null]);
    });

    it('gives it one that is of use, or refuses it', async () => {
      // 256 tokens of output do not fit, and never will; a tenth of them would.
      const limit = control.ledger.budget(PROVISION, 300_000n);
      expect((await gateway.chat({ model: MODEL, messages })).status).toBe(400);
      expect((await gateway.chat({ model: MODEL, messages, max_tokens: 25 })).status).toBe(200);
      // They would fit, and what is spent stands against it.
      limit.limit = 700_000n;
      limit.spent = 500_000n;
      const refused = await gateway.chat({ model: MODEL, messages });
      expect([refused.status, await refused.json()]).toMatchObject([
        412,
        { error: { code: 'budget_exceeded' } },
      ]);
      expect(provider.calls).toHaveLength(1);
    });

    it('holds what a template of the server’s own came to, from then on', async () => {
      // Room for the words and a short answer, and not for 900 tokens more.
      const limit = control.ledger.budget(PROVISION, 300_000n);
      const ask = () => gateway.chat({ model: '@acme/secret', messages, max_tokens: 1 });
      gateway.setProvision({ modelNames: ['small', 'free', 'secret'] });
      provider.script = plainAnswer({ prompt_tokens: 1_000, completion_tokens: 1, total_tokens: 1_001 });
      await until(async () => (await ask()).status === 200, 'the model to be provisioned');
      await until(() => control.ledger.open.size === 0);
      limit.spent = 0n;
      const refused = await ask();
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { error: { code: 'request_exceeds_limit' } },
      ]);
      gateway.setProvision({});
    });

    it('passes on nothing of the client but what is allowed', async () => {
      await gateway.chat(
        { model: MODEL, messages },
        {
          cookie: 'a=b',
          'x-gatehouse-wait-ms': '10',
          'x-forwarded-for': '1.2.3.4',
          'openai-organization': 'org',
          'openai-beta': 'x=1',
        },
      );
      const { headers } = provider.calls[0] ?? {};
      expect(Object.keys(headers ?? {}).sort()).toEqual([
        ...[
          'accept',
          'accept-encoding',
          'authorization',
          'connection',
          'content-length',
          'content-type',
          'host',
        ],
        ...['openai-beta', 'user-agent', 'x-gatehouse-hops', 'x-request-id'],
      ]);
    });

    it('estimates an answer without usage, never to zero', async () => {
      provider.script = plainAnswer(null);
      expect((await gateway.chat({ model: MODEL, messages, max_tokens: 20 })).status).toBe(200);
      const record = await settled();
      expect(record).toMatchObject({
        estimated: true,
        outputTokens: 20n,
        outcome: meteringV1.UsageOutcome.COMPLETED,
      });
      expect(record.amountNanoUsd).toBeGreaterThan(40_000n);
    });

    it('reads an answer that is compressed all the same', async () => {
      provider.script = (_call, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(JSON.stringify({ key: CREDENTIAL, usage: USAGE })));
      };
      const response = await gateway.chat({ model: MODEL, messages, max_tokens: 20 });
      expect(response.headers.get('content-encoding')).toBeNull();
      expect(await response.json()).toEqual({ key: '[redacted]', usage: USAGE });
      expect(await settled()).toMatchObject({ amountNanoUsd: COST_OF_USAGE, estimated: false });
    });

    it('does not relay what it cannot read', async () => {
      provider.script = (_call, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'zstd' });
        response.end('whatever');
      };
      expect((await gateway.chat({ model: MODEL, messages, max_tokens: 20 })).status).toBe(502);
      expect(await settled()).toMatchObject({ estimated: true, outputTokens: 20n });
    });

    it('charges its bound to a client that leaves before the answer', async () => {
      provider.script = () => undefined;
      const abort = new AbortController();
      const response = gateway.chat({ model: MODEL, messages, max_tokens: 20 }, {}, abort.signal);
      const left = expect(response).rejects.toMatchObject({ name: 'AbortError' });
      await until(() => provider.calls.length === 1);
      abort.abort();
      await left;
      const record = await settled();
      expect(record).toMatchObject({
        outcome: meteringV1.UsageOutcome.CLIENT_LEFT,
        outputTokens: 20n,
      });
      // Of the input, what no text comes to.
      expect(record.doubtNanoUsd).toBeLessThan(record.amountNanoUsd ?? 0n);
      await until(() => provider.calls[0]?.left === true, 'the upstream to be cancelled');
    });

    it('charges nothing for a provider that cannot be reached', async () => {
      const baseUrl = 'http://127.0.0.1:1/v1';
      await gateway.seal(2, { api_key: CREDENTIAL }, baseUrl);
      gateway.setIntegration({ baseUrl, credentialVersion: 2 });
      let response = await gateway.chat({ model: MODEL, messages });
      await until(async () => (response = await gateway.chat({ model: MODEL, messages })).status === 502);
      gateway.setIntegration({});
      expect(await settled(response)).toMatchObject({
        outcome: meteringV1.UsageOutcome.PROVIDER_FAILED,
        amountNanoUsd: 0n,
        estimated: false,
      });
      await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 200);
    });

    it('never calls a refused address', async () => {
      // Of the refused addresses this one would reach the provider: any other is as silent when it is called.
      const { port } = new URL(provider.baseUrl);
      const baseUrl = `http://0.0.0.0:${port}/v1`;
      await gateway.seal(3, { api_key: CREDENTIAL }, baseUrl);
      gateway.setIntegration({ baseUrl, credentialVersion: 3 });
      let response = await gateway.chat({ model: MODEL, messages });
      await until(async () => (response = await gateway.chat({ model: MODEL, messages })).status === 502);
      gateway.setIntegration({});
      expect(await response.json()).toMatchObject({
        error: { code: 'host_refused', message: expect.stringContaining('GATEHOUSE_PRIVATE_HOSTS') },
      });
      expect(await settled(response)).toMatchObject({ amountNanoUsd: 0n, estimated: false });
      await until(async () => (await gateway.chat({ model: MODEL, messages })).status === 200);
    });
  });

  describe('streaming', () => {
    const pieces = [chunkOf('Hel'), chunkOf('lo'), usageChunk(), 'data: [DONE]\n\n'];

    it('asks for usage itself, and keeps the usage chunk from a client that did not', async () => {
      provider.script = streamed(pieces);
      const response = await gateway.chat({ model: MODEL, messages, stream: true });
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(await response.text()).toBe([pieces[0], pieces[1], pieces[3]].join(''));
      expect(provider.calls[0]?.json).toMatchObject({ stream_options: { include_usage: true } });
      expect(await settled()).toMatchObject({
        amountNanoUsd: COST_OF_USAGE,
        estimated: false,
        streamed: true,
      });
    });

    it('passes the usage chunk to a client that asked for it', async () => {
      provider.script = streamed(pieces);
      const stream_options = { include_usage: true, other: 1 };
      const body = JSON.stringify({ model: 'small', messages, stream: true, max_tokens: 5, stream_options });
      const response = await gateway.chat(body, { 'x-portkey-provider': '@acme' });
      expect(await response.text()).toBe(pieces.join(''));
      expect(provider.calls[0]?.body).toBe(body);
    });

    it('cancels the provider when the client leaves, and charges what was seen and more', async () => {
      provider.script = streamed(
        Array.from({ length: 10_000 }, () => chunkOf('word ')),
        { everyMs: 5 },
      );
      const abort = new AbortController();
      const response = await gateway.chat(
        { model: MODEL, messages, stream: true, max_tokens: 900 },
        {},
        abort.signal,
      );
      const reader = response.body?.getReader();
      await reader?.read();
      abort.abort();
      await until(() => provider.calls[0]?.left === true, 'the upstream to be cancelled');
      const record = await settled();
      expect(record).toMatchObject({ outcome: meteringV1.UsageOutcome.CLIENT_LEFT, estimated: true });
      expect(record.outputTokens).toBeGreaterThanOrEqual(64n);
      expect(record.outputTokens).toBeLessThan(900n);
      expect(record.doubtNanoUsd).toBeGreaterThan(0n);
      expect(finalOf(record)).toMatchObject({ sum: record.amountNanoUsd, doubt: 0n });
    });

    it('keeps the doubt of a cut stream charged under a strict budget', async () => {
      control.ledger.strict = true;
      provider.script = streamed([chunkOf('Hello')], { cut: true });
      const response = await gateway.chat({ model: MODEL, messages, stream: true, max_tokens: 900 });
      const text = await response.text();
      expect(text).toContain('"code":"provider_error"');
      expect(text).not.toContain('[DONE]');
      const record = await settled();
      expect(record).toMatchObject({ outcome: meteringV1.UsageOutcome.PROVIDER_FAILED, estimated: true });
      const { amountNanoUsd = 0n, doubtNanoUsd } = record;
      expect(finalOf(record)).toMatchObject({ sum: amountNanoUsd + doubtNanoUsd, doubt: doubtNanoUsd });
    });

    it('estimates a stream whose usage never came', async () => {
      provider.script = streamed([chunkOf('Hello'), 'data: [DONE]\n\n']);
      await (await gateway.chat({ model: MODEL, messages, stream: true })).text();
      expect(await settled()).toMatchObject({
        outcome: meteringV1.UsageOutcome.COMPLETED,
        estimated: true,
        outputTokens: 5n,
      });
    });

    it('does not relay a credential that a stream gives back in pieces, in an event too large to be read', async () => {
      const large = 'x'.repeat(5 * 1024 * 1024);
      const pieces = [
        `data: {"x":"${large}`,
        CREDENTIAL.slice(0, 9),
        CREDENTIAL.slice(9),
        '"}\n\n',
        'data: [DONE]\n\n',
      ];
      provider.script = streamed(pieces, { everyMs: 30 });
      const text = await (await gateway.chat({ model: MODEL, messages, stream: true })).text();
      expect(text.slice(-60)).toBe(`${'x'.repeat(60)}[redacted]"}\n\ndata: [DONE]\n\n`.slice(-60));
      expect(text).not.toContain(CREDENTIAL.slice(9));
      await settled();
    });

    it('relays nothing of the head of an answer that is the gateway’s or the provider’s own business', async () => {
      provider.script = (_call, response) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          ...{
            authorization: `Bearer ${CREDENTIAL}`,
            'api-key': CREDENTIAL,
            'set-cookie': `key=${CREDENTIAL}`,
          },
          ...{ 'x-gatehouse-hops': '0123456789abcdef', 'x-gatehouse-budget-remaining-usd': '1' },
          ...{ 'proxy-authenticate': 'Basic', trailer: 'x-key', 'x-ratelimit-remaining-tokens': '7' },
          'openai-processing-ms': `5 ${CREDENTIAL}`,
        });
        response.end(JSON.stringify({ choices: [], usage: USAGE }));
      };
      const { headers } = await gateway.chat({ model: MODEL, messages, max_tokens: 20 });
      const told = JSON.stringify([...headers]);
      expect(told).not.toContain(CREDENTIAL);
      for (const name of [
        'authorization',
        'api-key',
        'set-cookie',
        'x-gatehouse-hops',
        'proxy-authenticate',
        'trailer',
      ])
        expect(headers.get(name)).toBeNull();
      expect(headers.get('x-gatehouse-budget-remaining-usd')).not.toBe('1');
      expect(headers.get('x-ratelimit-remaining-tokens')).not.toBe('7');
      await settled();
    });

    it('does not relay a credential that a stream gives back', async () => {
      provider.script = streamed([chunkOf(`your key is ${CREDENTIAL}`), 'data: [DONE]\n\n']);
      const text = await (await gateway.chat({ model: MODEL, messages, stream: true })).text();
      expect(text).not.toContain(CREDENTIAL);
      expect(text).toContain('your key is [redacted]');
      await settled();
    });

    it('does not read faster than the client', async () => {
      const piece = chunkOf('x'.repeat(60_000));
      let written = 0;
      provider.script = (_call, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const more = (): void => {
          while (written < 2_000 && response.write(piece)) written++;
          if (written < 2_000) response.once('drain', more);
        };
        more();
      };
      const abort = new AbortController();
      const response = await gateway.chat(
        { model: MODEL, messages, stream: true, max_tokens: 900 },
        {},
        abort.signal,
      );
      await response.body?.getReader().read();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(written).toBeLessThan(1_000);
      abort.abort();
      // How much is under way then cannot be told: the bound.
      expect(await settled()).toMatchObject({ outputTokens: 900n });
    });
  });

  describe('failing providers', () => {
    const failing =
      (status: number, body: string, headers: Record<string, string> = {}) =>
      (_call: unknown, response: import('node:http').ServerResponse): void => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(body);
      };

    it.each([401, 403])('turns %d into a scrubbed 502', async (status) => {
      provider.script = failing(status, `{"error":{"message":"bad key ${CREDENTIAL}"}}`);
      const response = await gateway.chat({ model: MODEL, messages });
      expect(response.status).toBe(502);
      expect(await response.text()).not.toContain('canary');
      expect(await settled()).toMatchObject({
        outcome: meteringV1.UsageOutcome.PROVIDER_FAILED,
        amountNanoUsd: 0n,
      });
    });

    it('keeps a 429 with its body and Retry-After', async () => {
      provider.script = failing(429, '{"error":{"code":"slow_down"}}', { 'retry-after': '7' });
      const response = await gateway.chat({ model: MODEL, messages });
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(await response.text()).toBe('{"error":{"code":"slow_down"}}');
      await settled();
    });

    it('redacts a credential that an error gives back, in any encoding', async () => {
      const forms = [CREDENTIAL, encodeURIComponent(CREDENTIAL), Buffer.from(CREDENTIAL).toString('base64')];
      provider.script = failing(400, JSON.stringify({ error: { message: forms.join(' ') } }), {
        'x-echo': CREDENTIAL,
      });
      const response = await gateway.chat({ model: MODEL, messages });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: { message: '[redacted] [redacted] [redacted]=' } });
      expect(JSON.stringify([...response.headers])).not.toContain(CREDENTIAL);
      await settled();
    });

    it.each([
      [500, 502],
      [503, 502],
      [302, 502],
    ])('turns %d into %d', async (status, answered) => {
      provider.script = failing(status, 'internal details', { location: 'http://127.0.0.1/elsewhere' });
      const response = await gateway.chat({ model: MODEL, messages, stream: true });
      expect(response.status).toBe(answered);
      expect(await response.json()).toMatchObject({ error: { code: 'provider_error' } });
      expect(await settled()).toMatchObject({ amountNanoUsd: 0n });
    });

    it('charges the bound when the connection breaks before the answer', async () => {
      provider.script = (_call, response) => void response.destroy();
      const response = await gateway.chat({ model: MODEL, messages, max_tokens: 20 });
      expect(response.status).toBe(502);
      await settled();
      // A kept connection that is reset was most likely read by nobody, and the call is sent once more: what counts is the last.
      const attempts = String(provider.calls.at(-1)?.headers['x-request-id']).split('.').at(-1);
      const last = () => bus.records.find(({ attempt }) => attempt === Number(attempts));
      await until(() => last() !== undefined, 'the record of the last attempt');
      expect(last()).toMatchObject({ estimated: true, outputTokens: 20n });
    });
  });

  // The last, for the gateway learns from every answer.
  it('counts by what the workspace says of all its calls, under keys that the client says nothing of', async () => {
    gateway.setWorkspace({ defaultMetadata: { team: 'r', cost: '4711' } });
    const told = { 'x-gatehouse-metadata': '{"_user":"ada","team":"ä"}' };
    const call = async (headers = {}) => settled(await gateway.chat({ model: MODEL, messages }, headers));
    await until(async () => (await call()).metadata['cost'] === '4711', 'the workspace to be known');
    expect((await call()).metadata).toEqual({ team: 'r', cost: '4711' });
    expect(await call(told)).toMatchObject({
      metadata: { _user: 'ada', team: 'ä', cost: '4711' },
      user: 'ada',
    });
    gateway.setWorkspace({});
    await until(async () => Object.keys((await call()).metadata).length === 0, 'it to say nothing again');
  });
});
