import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { until } from '@gatehouse/kernel/testing';
import { typeV1 } from '@gatehouse/proto-gen';
import {
  API_KEY,
  CREDENTIAL,
  GatewayFixture,
  INTEGRATION,
  PROVISION,
  SMALL_LIMITS,
  SMALL_PRICES,
} from './testing/gateway-fixture';
import { SimulatorProcess } from './testing/simulator-process';

const QUICK = 'sim-small;first=0;interval=0;completion=8';
const CALLING = `${QUICK};calls=2;preamble=1`;
const FAILING = [
  'sim-cut;interval=0',
  'sim-429',
  'sim-500',
  'sim-stream-error;interval=0',
  'sim-filter;interval=0',
  'sim-echo-credential',
];
/** The deployed name of a model whose own parameters Converse hands on. */
const THINKING = 'anthropic.claude-simulated;first=0;interval=0;completion=8;calls=2;preamble=1';
const MODELS = [QUICK, CALLING, THINKING, ...FAILING];
/** Those that the simulator checks signatures of. */
const AWS = {
  aws_access_key_id: 'AKIASIMULATOR0000000',
  aws_secret_access_key: 'simulated/secret/access/key/of/the/simulator',
};
const { AuthScheme, CredentialKind } = typeV1;
/** More than the smallest that can be thought. */
const LIMITS = { ...SMALL_LIMITS, maxOutputTokens: 8_000n };

const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'How many roads must a man walk down?' },
];
const tools: OpenAI.ChatCompletionTool[] = ['weather', 'time'].map((name) => ({
  type: 'function',
  function: {
    name,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}));

const asked = [{ role: 'user', content: 'How many roads must a man walk down?' }];

interface StreamEvent {
  readonly name: string;
  readonly data: Record<string, unknown>;
}
const eventsIn = (text: string): StreamEvent[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [name = '', data = ''] = event.split('\n');
      return { name: name.slice(7), data: JSON.parse(data.slice(6)) as Record<string, unknown> };
    });

describe('a client of one language and a provider of another', () => {
  const gateway = new GatewayFixture();
  const { control, bus } = gateway;
  let simulator: SimulatorProcess;
  let client: OpenAI;

  const message = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': API_KEY, 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.stringify({ max_tokens: 2_000, messages: asked, ...body }),
    });

  let version = 1;
  /** Has the integration speak a dialect, by a proof of its own, and waits until the gateway goes by both. */
  const speak = async (
    dialect: string,
    use: Partial<typeV1.CredentialUse>,
    fields: Record<string, string> = { api_key: CREDENTIAL },
  ): Promise<void> => {
    version++;
    const baseUrl = dialect === 'bedrock' ? simulator.url : `${simulator.url}/v1`;
    await gateway.seal(version, fields, baseUrl);
    control.uses.set(INTEGRATION, typeV1.CredentialUse.fromPartial(use as typeV1.CredentialUse));
    const asked = control.vaultCalls;
    gateway.setIntegration({
      dialect,
      baseUrl,
      credentialVersion: version,
      modelDecisions: typeV1.ModelDecisions.fromPartial({
        customModels: MODELS.map((name) => ({ name, ...LIMITS, prices: SMALL_PRICES })),
      }),
    });
    await until(() => control.vaultCalls > asked);
  };

  beforeAll(async () => {
    await gateway.startSurroundings();
    const data = join(gateway.directory, 'simulator');
    mkdirSync(data);
    simulator = await SimulatorProcess.start(data);
    gateway.setProvision({ allModels: true });
    await gateway.startGateway();
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: API_KEY, maxRetries: 0 });
  });
  afterAll(async () => {
    await simulator.stop();
    await gateway.stop();
  });
  beforeEach(() => {
    control.ledger.limits.length = 0;
    control.ledger.budget(PROVISION, 1_000_000_000n);
    bus.records.length = 0;
  });

  /** What the gateway recorded of the last calls that reached the provider, and what that billed for them. */
  const billed = async (calls: number): Promise<[string[], string[]]> => {
    const rows = (await simulator.book()).requests.slice(-calls);
    const recordOf = (id: string) =>
      bus.records.find(({ requestId, attempt }) => `${requestId}.${attempt}` === id);
    await until(() => rows.every(({ id }) => recordOf(id)));
    const records = rows.map(({ id }) => recordOf(id)!);
    expect(records.every(({ estimated }) => !estimated)).toBe(true);
    return [
      records.map(({ amountNanoUsd }) => String(amountNanoUsd)),
      rows.map(({ billedNanoUsd }) => billedNanoUsd),
    ];
  };

  describe('Anthropic’s messages of a provider that speaks OpenAI’s language', () => {
    beforeAll(() => speak('openai', { kind: CredentialKind.API_KEY }));

    it('are answered, plain and streamed, and billed what the provider billed', async () => {
      const plain = await message({ model: `@acme/${QUICK}`, system: 'Be brief.' });
      expect([plain.status, await plain.json()]).toMatchObject([
        200,
        {
          type: 'message',
          content: [{ type: 'text', text: 'tok '.repeat(8) }],
          stop_reason: 'end_turn',
          usage: { output_tokens: 8 },
        },
      ]);
      const streamed = await message({ model: `@acme/${QUICK}`, max_tokens: 3, stream: true });
      expect(streamed.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const events = eventsIn(await streamed.text());
      expect(events.map(({ name }) => name)).toEqual([
        'message_start',
        'content_block_start',
        ...Array.from({ length: 3 }, () => 'content_block_delta'),
        'content_block_stop',
        'message_delta',
        'message_stop',
      ]);
      expect(events.at(-2)?.data).toMatchObject({
        delta: { stop_reason: 'max_tokens' },
        usage: { output_tokens: 3 },
      });
      const [recorded, book] = await billed(2);
      expect(recorded).toEqual(book);
    });

    it('call tools in parallel, and take the results back', async () => {
      const offered = ['weather', 'time'].map((name) => ({ name, input_schema: { type: 'object' } }));
      const body = {
        model: `@acme/${CALLING}`,
        tools: offered,
        thinking: { type: 'enabled', budget_tokens: 1024 },
      };
      const first = (await (await message(body)).json()) as { content: { type: string; id?: string }[] };
      expect(first).toMatchObject({
        stop_reason: 'tool_use',
        content: [
          { type: 'text', text: 'tok ' },
          { type: 'tool_use', name: 'weather', input: {} },
          { type: 'tool_use', name: 'time', input: {} },
        ],
      });
      const results = first.content
        .filter(({ type }) => type === 'tool_use')
        .map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '20' }));
      const next = await message({
        ...body,
        messages: [
          ...asked,
          { role: 'assistant', content: first.content },
          { role: 'user', content: results },
        ],
      });
      expect(await next.json()).toMatchObject({ stop_reason: 'end_turn' });
    });

    it('are refused what cannot be said, in Anthropic’s words, and may have it dropped', async () => {
      const body = { model: `@acme/${QUICK}`, top_k: 5 };
      const refused = await message(body);
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        {
          type: 'error',
          error: { type: 'invalid_request_error', code: 'unsupported_parameter', param: 'top_k' },
        },
      ]);
      const dropped = await message(body, { 'x-gatehouse-drop-unsupported': 'true' });
      expect([dropped.status, dropped.headers.get('x-gatehouse-dropped')]).toEqual([200, 'top_k']);
    });

    it('hear of failures in Anthropic’s words', async () => {
      const failed = async (model: string, stream = false): Promise<[number, string]> => {
        const answer = await message({ model: `@acme/${model}`, stream });
        return [answer.status, await answer.text()];
      };
      const [limited, words] = await failed('sim-429');
      expect([limited, JSON.parse(words)]).toMatchObject([429, { type: 'error', error: {} }]);
      const [, filtered] = await failed('sim-filter;interval=0');
      expect(JSON.parse(filtered)).toMatchObject({ stop_reason: 'refusal' });
      for (const model of ['sim-stream-error;interval=0', 'sim-cut;interval=0']) {
        const [, text] = await failed(model, true);
        expect(eventsIn(text).at(-1)).toMatchObject({ name: 'error', data: { type: 'error' } });
      }
    });
  });

  describe('OpenAI’s SDK, unmodified, of a provider that speaks Anthropic’s messages', () => {
    beforeAll(() => speak('anthropic', { kind: CredentialKind.API_KEY, auth: AuthScheme.X_API_KEY }));

    it('answers, plain and streamed, and is billed what the provider billed', async () => {
      const body = { model: `@acme/${QUICK}`, messages };
      const plain = await client.chat.completions.create(body);
      expect(plain.choices).toMatchObject([
        { message: { role: 'assistant', content: 'tok '.repeat(8) }, finish_reason: 'stop' },
      ]);
      const stream = await client.chat.completions.create({
        ...body,
        max_completion_tokens: 3,
        stream: true,
        stream_options: { include_usage: true },
      });
      let content = '';
      let finish: string | null = null;
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        content += chunk.choices[0]?.delta.content ?? '';
        finish = chunk.choices[0]?.finish_reason ?? finish;
        usage = chunk.usage;
      }
      expect([content, finish]).toEqual(['tok tok tok ', 'length']);
      expect(usage).toMatchObject({ completion_tokens: 3, prompt_tokens: plain.usage?.prompt_tokens });
      expect(plain.created).toBeGreaterThan(1_700_000_000);
      const [recorded, book] = await billed(2);
      expect(recorded).toEqual(book);
    });

    it('calls tools in parallel, thinks, and takes its thought and the results back', async () => {
      const body = { model: `@acme/${CALLING}`, tools, reasoning_effort: 'high' as const };
      const { choices } = await client.chat.completions.create({ ...body, messages });
      const turn = choices[0]!.message;
      expect(choices[0]?.finish_reason).toBe('tool_calls');
      expect(turn.tool_calls).toMatchObject([
        { function: { name: 'weather', arguments: '{"city":"tok"}' } },
        { function: { name: 'time', arguments: '{"city":"tok"}' } },
      ]);
      expect(turn).toMatchObject({ reasoning_content: 'tok '.repeat(16), content: 'tok ' });
      const results = turn.tool_calls!.map(({ id }) => ({
        role: 'tool' as const,
        tool_call_id: id,
        content: '20',
      }));
      const next = await client.chat.completions.create({
        ...body,
        messages: [...messages, turn, ...results],
      });
      expect(next.choices).toMatchObject([{ message: { content: 'tok '.repeat(8) }, finish_reason: 'stop' }]);
    });

    it('streams calls that the SDK puts together', async () => {
      const runner = client.chat.completions.stream({ model: `@acme/${CALLING}`, messages, tools });
      const { choices } = await runner.finalChatCompletion();
      expect(choices[0]?.message.tool_calls).toMatchObject([
        { function: { name: 'weather', arguments: '{"city":"tok"}' } },
        { function: { name: 'time', arguments: '{"city":"tok"}' } },
      ]);
    });

    it('keeps a schema', async () => {
      const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
      const { choices } = await client.chat.completions.create({
        model: `@acme/${QUICK}`,
        messages,
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
      });
      expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ n: 1 });
    });

    it('is refused what cannot be said, and may have it dropped', async () => {
      const body = { model: `@acme/${QUICK}`, messages, seed: 7, logprobs: true };
      const refused = await gateway.chat(body);
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { error: { code: 'unsupported_parameter', param: 'seed' } },
      ]);
      const dropped = await gateway.chat(body, { 'x-gatehouse-drop-unsupported': 'true' });
      expect([dropped.status, dropped.headers.get('x-gatehouse-dropped')]).toEqual([200, 'seed, logprobs']);
    });

    it('is refused what cannot be said before anything is held for it, or waits', async () => {
      control.ledger.limits.length = 0;
      control.ledger.budget(PROVISION, 1n);
      const ask = (members: object) => gateway.chat({ model: `@acme/${QUICK}`, messages, ...members });
      await until(async () => (await ask({})).status !== 200, 'the budget to be in force');
      const refused = await ask({ seed: 7 });
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { error: { code: 'unsupported_parameter', param: 'seed' } },
      ]);
    });

    it('hears of failures in OpenAI’s words', async () => {
      const ask = (model: string, stream = false): Promise<unknown> =>
        client.chat.completions.create({ model: `@acme/${model}`, messages, stream } as never);
      await expect(ask('sim-429')).rejects.toBeInstanceOf(OpenAI.RateLimitError);
      await expect(ask('sim-500')).rejects.toMatchObject({ status: 502 });
      const echoed = await gateway.chat({ model: '@acme/sim-echo-credential', messages });
      const text = await echoed.text();
      expect(JSON.parse(text)).toMatchObject({ error: { type: 'invalid_request_error', param: null } });
      expect(text).not.toContain(CREDENTIAL);
      const filtered = (await ask('sim-filter;interval=0')) as OpenAI.ChatCompletion;
      expect(filtered.choices[0]?.finish_reason).toBe('content_filter');
      const broken = (await ask('sim-stream-error;interval=0', true)) as AsyncIterable<unknown>;
      await expect(
        (async () => {
          for await (const _ of broken);
        })(),
      ).rejects.toBeInstanceOf(OpenAI.APIError);
    });
  });

  describe('both, of a provider that speaks Converse, by AWS’s signatures', () => {
    beforeAll(() =>
      speak(
        'bedrock',
        { kind: CredentialKind.AWS_ACCESS_KEY, fields: { region: 'eu-central-1' }, audience: 'bedrock' },
        AWS,
      ),
    );

    it('are answered, plain and streamed, and billed what the provider billed', async () => {
      const body = { model: `@acme/${QUICK}`, messages, max_tokens: 3 };
      const plain = await client.chat.completions.create(body);
      expect(plain.choices).toMatchObject([
        { message: { content: 'tok tok tok ' }, finish_reason: 'length' },
      ]);
      const { choices } = await client.chat.completions.stream(body).finalChatCompletion();
      expect(choices).toMatchObject([{ message: { content: 'tok tok tok ' }, finish_reason: 'length' }]);
      const told = { content: [{ type: 'text', text: 'tok tok tok ' }], stop_reason: 'max_tokens' };
      const anthropic = { model: `@acme/${QUICK}`, max_tokens: 3 };
      expect(await (await message(anthropic)).json()).toMatchObject({ ...told, usage: { output_tokens: 3 } });
      const streamed = await message({ ...anthropic, stream: true });
      expect(streamed.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(eventsIn(await streamed.text()).at(-2)?.data).toMatchObject({
        delta: { stop_reason: 'max_tokens' },
        usage: { output_tokens: 3 },
      });
      const [recorded, book] = await billed(4);
      expect(recorded).toEqual(book);
    });

    it('call tools, think, and give thought and results back', async () => {
      const body = { model: `@acme/${THINKING}`, tools, reasoning_effort: 'high' as const };
      const { choices } = await client.chat.completions.create({ ...body, messages });
      const turn = choices[0]!.message;
      expect(turn).toMatchObject({ reasoning_content: 'tok '.repeat(16), content: 'tok ' });
      expect(turn.tool_calls).toMatchObject([
        { function: { name: 'weather', arguments: '{"city":"tok"}' } },
        { function: { name: 'time', arguments: '{"city":"tok"}' } },
      ]);
      const results = turn.tool_calls!.map(({ id }) => ({
        role: 'tool' as const,
        tool_call_id: id,
        content: '20',
      }));
      const next = await client.chat.completions.create({
        ...body,
        messages: [...messages, turn, ...results],
      });
      expect(next.choices[0]?.finish_reason).toBe('stop');
    });

    it('hear of failures in their own words', async () => {
      const ask = (model: string, stream = false): Promise<unknown> =>
        client.chat.completions.create({ model: `@acme/${model}`, messages, stream } as never);
      await expect(ask('sim-429')).rejects.toBeInstanceOf(OpenAI.RateLimitError);
      const broken = (await ask('sim-stream-error;interval=0', true)) as AsyncIterable<unknown>;
      await expect(
        (async () => {
          for await (const _ of broken);
        })(),
      ).rejects.toBeInstanceOf(OpenAI.APIError);
      const cut = await message({ model: '@acme/sim-cut;interval=0', stream: true });
      expect(eventsIn(await cut.text()).at(-1)).toMatchObject({ name: 'error' });
    });
  });
});
