import { signV4 } from '@gatehouse/provider-auth';
import { until } from '@gatehouse/kernel/testing';
import { type provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { plainAnswer, type Script, streamed } from './testing/fake-provider';
import { API_KEY, CREDENTIAL, GatewayFixture, INTEGRATION, MODEL } from './testing/gateway-fixture';

const { CredentialKind, AuthScheme } = typeV1;
const messages = [{ role: 'user', content: 'hi' }];
const AWS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 4 },
};
const said =
  (body: unknown, headers: Record<string, string> = {}): Script =>
  (_call, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

describe('what providers speak', () => {
  const gateway = new GatewayFixture();
  const { provider, control, bus } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());

  let version = 1;
  /** Gives the integration a language and a credential, and waits until the gateway goes by both. */
  const speaks = async (
    dialect: string,
    use: Partial<typeV1.CredentialUse>,
    {
      fields = { api_key: CREDENTIAL },
      ...change
    }: { fields?: Record<string, string> } & Partial<provisioningV1.IntegrationConfig> = {},
  ): Promise<void> => {
    version++;
    await gateway.seal(version, fields);
    control.uses.set(INTEGRATION, typeV1.CredentialUse.fromPartial(use as typeV1.CredentialUse));
    gateway.setIntegration({ dialect, credentialVersion: version, ...change });
    gateway.setProvision({ allModels: true, modelNames: [] });
    const asked = control.vaultCalls;
    await until(() => control.vaultCalls > asked);
  };
  const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': API_KEY, ...headers },
      body: JSON.stringify(body),
    });
  const last = () => provider.calls.at(-1);
  const recordOf = async (answer: Response) => {
    const id = answer.headers.get('x-gatehouse-request-id');
    await until(() => bus.records.some(({ requestId }) => requestId === id));
    return bus.records.find(({ requestId }) => requestId === id);
  };

  describe('azure-openai', () => {
    const deployment = { alias: 'slow', deploymentName: 'prod-4o', model: 'small', isDefault: false };
    const dated = { ...deployment, apiVersion: '2024-10-21' };
    const undated = {
      ...deployment,
      alias: 'new',
      deploymentName: 'prod-5',
      apiVersion: 'v1',
      isDefault: true,
    };

    beforeAll(async () => {
      await speaks('azure-openai', { kind: CredentialKind.AZURE_KEY }, { deployments: [dated, undated] });
      provider.script = plainAnswer();
    });

    it.each([
      [
        'an alias',
        { model: '@acme/slow' },
        '/v1/deployments/prod-4o/chat/completions?api-version=2024-10-21',
      ],
      ['an alias without a date', { model: '@acme/new' }, '/v1/v1/chat/completions'],
      ['the default, where the integration alone is named', { model: '@acme' }, '/v1/v1/chat/completions'],
    ])('%s is called by its deployment', async (_what, address, url) => {
      const answer = await post('/v1/chat/completions', { ...address, messages, max_completion_tokens: 3 });
      expect(answer.status).toBe(200);
      expect(last()).toMatchObject({ url, headers: { 'api-key': CREDENTIAL } });
      expect(last()?.headers.authorization).toBeUndefined();
      expect(last()?.json['model']).toBe(url.includes('prod-4o') ? 'prod-4o' : 'prod-5');
    });

    it.each([
      ['/openai/deployments/slow/chat/completions?api-version=2024-06-01', { messages }],
      ['/openai/deployments/%40acme%2Fslow/chat/completions', { messages, model: 'whatever' }],
      ['/openai/deployments/slow/embeddings?api-version=2024-06-01', { input: ['a', 'b'] }],
    ])("Azure's own path %s names what is called", async (path, body) => {
      const answer = await post(path, body, { 'x-api-key': '', 'api-key': API_KEY });
      expect(answer.status).toBe(200);
      const operation = path.includes('embeddings') ? 'embeddings' : 'chat/completions';
      expect(last()?.url).toBe(`/v1/deployments/prod-4o/${operation}?api-version=2024-10-21`);
    });

    it.each([
      ['/v1/chat/completions', { model: '@acme/none', messages }],
      ['/openai/deployments/%40acme%2Fnone/chat/completions', { messages }],
    ])('an unknown alias is refused: %s %j', async (path, body) => {
      const before = provider.calls.length;
      const answer = await post(path, body);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { code: 'unknown_deployment' } });
      expect(provider.calls).toHaveLength(before);
    });

    it('is told an output limit by the name that the version of the deployment knows', async () => {
      const before = { ...dated, alias: 'old', apiVersion: '2024-06-01' };
      gateway.control.set({
        id: 'provider:self-hosted',
        value: {
          $case: 'provider',
          value: typeV1.ProviderFacts.fromPartial({
            served: true,
            quirks: {
              ...{ outputLimit: 'max_completion_tokens', outputLimitSynonyms: ['max_tokens'] },
              ...{
                usagePaths: ['usage'],
                outputLimitBefore: { apiVersion: '2024-09-01', name: 'max_tokens' },
              },
            },
          }),
        },
      });
      gateway.setIntegration({
        dialect: 'azure-openai',
        credentialVersion: version,
        deployments: [dated, undated, before],
      });
      const sentTo = async (alias: string) => {
        const body = { model: `@acme/${alias}`, messages, max_tokens: 3 };
        const { status } = await post('/v1/chat/completions', body);
        const { max_tokens, max_completion_tokens } = last()?.json ?? {};
        return { status, max_tokens, max_completion_tokens };
      };
      await until(async () => (await sentTo('old')).status === 200, 'the deployment to be known');
      expect(await sentTo('old')).toEqual({ status: 200, max_tokens: 3 });
      expect(await sentTo('slow')).toEqual({ status: 200, max_completion_tokens: 3 });
      expect(await sentTo('new')).toEqual({ status: 200, max_completion_tokens: 3 });
      gateway.control.set({ id: 'provider:self-hosted', value: undefined });
    });

    it('takes no other operation on its paths', async () => {
      expect((await post('/openai/deployments/slow/images/generations', {})).status).toBe(404);
    });
  });

  describe('anthropic', () => {
    beforeAll(() => speaks('anthropic', { kind: CredentialKind.API_KEY, auth: AuthScheme.X_API_KEY }));

    it('is called with its key and a version, and the client’s own where it names one', async () => {
      provider.script = said(MESSAGE, { 'request-id': 'req_theirs' });
      const body = { model: MODEL, max_tokens: 9, messages };
      const answer = await post('/v1/messages', body, { 'anthropic-beta': 'b-1', 'openai-beta': 'x' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('request-id')).toBe('req_theirs');
      expect(await answer.json()).toEqual(MESSAGE);
      expect(last()).toMatchObject({ url: '/v1/messages', json: { ...body, model: 'small' } });
      expect(last()?.headers).toMatchObject({
        ...{ 'x-api-key': CREDENTIAL, 'anthropic-version': '2023-06-01', 'anthropic-beta': 'b-1' },
      });
      expect(last()?.headers).not.toHaveProperty('openai-beta');
      await post('/v1/messages', body, { 'anthropic-version': '2023-01-01' });
      expect(last()?.headers['anthropic-version']).toBe('2023-01-01');
    });

    it.each([
      ['none', {}, 128_000n],
      ['another', { 'anthropic-beta': 'b-1' }, 128_000n],
      ['a larger one', { 'anthropic-beta': 'b-1, context-1m-2025-08-07' }, 200_000n],
    ])('is held for the window that is asked for: %s', async (_what, headers, least) => {
      // An answer that cannot be read leaves all of its bound in doubt.
      provider.script = (_call, response) => void response.end('<html>');
      const content = 'x'.repeat(200_000);
      const body = { model: MODEL, max_tokens: 1, messages: [{ role: 'user', content }] };
      const record = await recordOf(await post('/v1/messages', body, headers));
      expect(record?.doubtNanoUsd).toBeGreaterThanOrEqual(least * 500n);
      expect(record?.doubtNanoUsd).toBeLessThan((least + 1_000n) * 500n);
    });

    it('is charged what it counted: cached input beside the rest', async () => {
      provider.script = said(MESSAGE);
      const answer = await post('/v1/messages', { model: MODEL, max_tokens: 9, messages });
      expect(await recordOf(answer)).toMatchObject({
        ...{ inputTokens: 14n, outputTokens: 5n, cachedInputTokens: 4n, estimated: false },
        amountNanoUsd: 14n * 500n + 5n * 2_000n,
      });
    });

    it('streams byte for byte', async () => {
      const events = [
        ['message_start', { message: { usage: { input_tokens: 3, output_tokens: 1 } } }],
        ['content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'hello' } }],
        ['message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } }],
        ['message_stop', {}],
      ].map(
        ([type, data]) =>
          `event: ${type as string}\ndata: ${JSON.stringify({ type, ...(data as object) })}\n\n`,
      );
      provider.script = streamed(events);
      const answer = await post('/v1/messages', { model: MODEL, max_tokens: 9, stream: true, messages });
      expect(await answer.text()).toBe(events.join(''));
      expect(await recordOf(answer)).toMatchObject({
        inputTokens: 3n,
        outputTokens: 4n,
        streamed: true,
      });
    });

    it('tells a stream that breaks off in the words of its surface', async () => {
      provider.script = streamed(['event: ping\ndata: {"type":"ping"}\n\n'], { cut: true });
      const answer = await post('/v1/messages', { model: MODEL, max_tokens: 9, stream: true, messages });
      const last = (await answer.text()).split('\n\n').at(-2) ?? '';
      expect(last).toMatch(/^event: error\ndata: \{"type":"error","error":\{"type":"api_error"/);
    });

    it('fails in the words of the client’s language, and says which form they have', async () => {
      const page = { 'content-type': 'text/html' };
      provider.script = (_call, response) => void response.writeHead(413, page).end('<html>Too large</html>');
      const body = { model: MODEL, max_tokens: 9, messages };
      const told = await post('/v1/chat/completions', body);
      expect([told.status, told.headers.get('content-type')]).toEqual([413, 'application/json']);
      expect(await told.json()).toMatchObject({ error: { message: 'The provider failed.' } });
      const relayed = await post('/v1/messages', body);
      expect([relayed.status, relayed.headers.get('content-type')]).toEqual([413, 'text/html']);
      expect(await relayed.text()).toBe('<html>Too large</html>');
    });

    it('counts for nothing: no money, no tokens, one request', async () => {
      provider.script = said({ input_tokens: 77 });
      const answer = await post('/v1/messages/count_tokens', { model: MODEL, messages });
      expect(await answer.json()).toEqual({ input_tokens: 77 });
      expect(last()?.url).toBe('/v1/messages/count_tokens');
      expect(await recordOf(answer)).toMatchObject({
        inputTokens: 0n,
        outputTokens: 0n,
        amountNanoUsd: 0n,
      });
    });

    it('refuses in its own words, as what nothing translates does', async () => {
      const refused = await post('/v1/messages', { model: '@nobody/x', max_tokens: 9, messages });
      expect(refused.status).toBe(404);
      expect(await refused.json()).toMatchObject({
        type: 'error',
        error: { type: 'not_found_error', code: 'unknown_provider' },
      });
      const before = provider.calls.length;
      const unsupported = await post('/v1/embeddings', { model: MODEL, input: 'a' });
      expect(unsupported.status).toBe(400);
      expect(await unsupported.json()).toMatchObject({ error: { code: 'unsupported_surface' } });
      expect(provider.calls).toHaveLength(before);
    });
  });

  it('signs for AWS what leaves, as it leaves', async () => {
    await speaks(
      'openai',
      { kind: CredentialKind.AWS_ACCESS_KEY, fields: { region: 'us-east-1' }, audience: 'bedrock' },
      { fields: { aws_access_key_id: AWS.accessKeyId, aws_secret_access_key: AWS.secretAccessKey } },
    );
    provider.script = plainAnswer();
    expect((await gateway.chat({ model: MODEL, messages, max_tokens: 5 })).status).toBe(200);
    const { headers = {}, url = '', body = '' } = last() ?? {};
    const date = String(headers['x-amz-date']);
    const at = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
    const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
    const request = {
      method: 'POST',
      url: new URL(url, `http://${headers.host}`),
      headers: Object.fromEntries(
        signed.flatMap((name) => (/^(host|x-amz-)/.test(name) ? [] : [[name, String(headers[name])]])),
      ),
      body: Buffer.from(body),
    };
    const again = await signV4(AWS, { region: 'us-east-1', service: 'bedrock' }, request, new Date(at));
    expect(headers.authorization).toBe(again['authorization']);
  });
});
