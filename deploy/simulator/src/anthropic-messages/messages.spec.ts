import { createHash } from 'node:crypto';
import { RunningSimulator, eventsIn } from '../testing/running-simulator';
import type { StreamEvent } from '../testing/running-simulator';

const MODEL = 'claude-x;first=0;interval=0';
const HEADERS = { 'x-api-key': 'sk-ant', 'anthropic-version': '2023-06-01' };
const messages = [{ role: 'user', content: 'hello wörld' }];
const weather = {
  name: 'weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const time = { name: 'time', input_schema: { type: 'object' } };

interface Block {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  id?: string;
  name?: string;
  input?: unknown;
}
interface Message {
  content: Block[];
  stop_reason: string;
  usage?: { input_tokens: number; output_tokens: number };
}

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await RunningSimulator.start();
});
afterEach(() => simulator.stop());

const post = (body: object, headers: Record<string, string> = HEADERS): Promise<Response> =>
  simulator.post('/v1/messages', { model: MODEL, max_tokens: 100, messages, ...body }, headers);
const ask = async (body: object): Promise<Message> => (await (await post(body)).json()) as Message;
const stream = async (body: object): Promise<StreamEvent[]> =>
  eventsIn(await (await post({ stream: true, ...body })).text());

/** What an SDK makes of a stream. */
const assembled = (events: StreamEvent[]): Message => {
  const content: (Block & { json?: string })[] = [];
  let last: Record<string, unknown> = {};
  for (const { name, data } of events) {
    const at = content[Number(data['index'])];
    const delta = data['delta'] as Record<string, string> | undefined;
    if (name === 'content_block_start') content.push({ ...(data['content_block'] as Block), json: '' });
    else if (name === 'message_delta') last = { ...delta, usage: data['usage'] };
    else if (at && delta)
      for (const key of ['text', 'thinking', 'signature'] as const) {
        if (delta[key] !== undefined) at[key] = (at[key] ?? '') + delta[key];
      }
    if (at && delta?.['partial_json'] !== undefined) at.json += delta['partial_json'];
  }
  return {
    ...(last as unknown as Message),
    content: content.map(({ json, ...block }) =>
      block.type === 'tool_use' ? { ...block, input: JSON.parse(json || '{}') } : block,
    ),
  };
};

describe('an Anthropic message', () => {
  it('has the shape, the usage and the bill of its own book', async () => {
    const response = await post({}, { ...HEADERS, 'x-request-id': 'r.1' });
    expect(response.headers.get('request-id')).toBe('r.1');
    expect(await response.json()).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [{ type: 'text', text: 'tok '.repeat(64) }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 64, cache_read_input_tokens: 0 },
    });
    expect(simulator.rows()).toMatchObject([
      { id: 'r.1', promptTokens: 3, completionTokens: 64, billedNanoUsd: '129500', completed: true },
    ]);
  });

  it('streams in the order of events that Anthropic keeps, with usage at the start and whole at the end', async () => {
    const events = await stream({ max_tokens: 2 });
    expect(events.map(({ name }) => name)).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events[0]?.data).toMatchObject({ message: { usage: { input_tokens: 3, output_tokens: 1 } } });
    expect(events.at(-2)?.data).toMatchObject({
      delta: { stop_reason: 'max_tokens' },
      usage: { input_tokens: 3, output_tokens: 2 },
    });
    expect(simulator.rows()).toMatchObject([{ completionTokens: 2, completed: true }]);
  });

  it('says the same plain and streamed, thought and calls included', async () => {
    const body = {
      model: `${MODEL};calls=3;preamble=2`,
      max_tokens: 5000,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      tools: [weather, time],
    };
    const plain = await ask(body);
    expect(plain).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'tok '.repeat(16) },
        { type: 'text', text: 'tok tok ' },
        { type: 'tool_use', name: 'weather', input: { city: 'tok' } },
        { type: 'tool_use', name: 'time', input: {} },
        { type: 'tool_use', name: 'weather' },
      ],
    });
    const nameless = ({ content }: Message): Block[] => content.map(({ id: _id, ...block }) => block);
    const streamed = assembled(await stream(body));
    expect(nameless(streamed)).toEqual(nameless(plain));
    expect(streamed.usage).toEqual(plain.usage);
    expect(simulator.rows().map(({ completionTokens }) => completionTokens)).toEqual(
      [plain, streamed].map(({ usage }) => usage?.output_tokens),
    );
  });

  it('calls what it must, as often as it may, and not what it must not', async () => {
    const called = async (body: object): Promise<(string | undefined)[]> =>
      (await ask({ tools: [weather, time], ...body })).content.map(({ name }) => name);
    expect(await called({ tool_choice: { type: 'any' } })).toEqual(['weather']);
    expect(await called({ tool_choice: { type: 'tool', name: 'time' } })).toEqual(['time']);
    const many = { model: `${MODEL};calls=2` };
    expect(await called({ ...many, tool_choice: { type: 'auto' } })).toEqual(['weather', 'time']);
    expect(await called({ ...many, tool_choice: { type: 'auto', disable_parallel_tool_use: true } })).toEqual(
      ['weather'],
    );
    expect(await called({ ...many, tool_choice: { type: 'none' } })).toEqual([undefined]);
  });

  it('takes its own thought and calls back, and only byte by byte', async () => {
    const first = await ask({
      model: `${MODEL};calls=2`,
      max_tokens: 5000,
      thinking: { type: 'adaptive' },
      tools: [weather],
    });
    const calls = first.content.filter(({ type }) => type === 'tool_use');
    const results = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '20' }));
    const back = (answer: Block[], results_: object[]): Promise<Response> =>
      post({
        tools: [weather],
        messages: [
          ...messages,
          { role: 'assistant', content: answer },
          { role: 'user', content: [...results_, { type: 'text', text: 'and?' }] },
        ],
      });
    expect((await back(first.content, results)).status).toBe(200);
    const forged = first.content.map((block) => ({ ...block, ...(block.signature && { signature: 'x' }) }));
    expect((await back(forged, results)).status).toBe(400);
    expect((await back(first.content, results.slice(1))).status).toBe(400);
    const late = [{ type: 'text', text: 'first' }, ...results];
    expect((await back(first.content, late)).status).toBe(400);
  });

  it('keeps a schema', async () => {
    const schema = {
      type: 'object',
      properties: { size: { type: 'integer' }, kind: { enum: ['é', 'b'] } },
      required: ['size', 'kind'],
    };
    const { content } = await ask({ output_config: { format: { type: 'json_schema', schema } } });
    expect(JSON.parse(content[0]?.text ?? '')).toEqual({ size: 1, kind: 'é' });
  });

  it.each([
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ temperature: 1.5 }, 'temperature'],
    [{ frequency_penalty: 0 }, 'frequency_penalty'],
    [{ messages: [{ role: 'system', content: 'x' }] }, 'messages.0.role'],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }, 'non-empty'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'messages.0.content.0.type'],
    [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, 'budget_tokens'],
    [{ tools: [time], tool_choice: { type: 'any' }, thinking: { type: 'adaptive' } }, 'thinking'],
  ])('refuses %j', async (body, blamed) => {
    const response = await post(body);
    const error = (await response.json()) as { type: string; error: { type: string; message: string } };
    expect(response.status).toBe(400);
    expect(error).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    expect(error.error.message).toContain(blamed);
    expect(simulator.rows()).toMatchObject([{ model: MODEL, billedNanoUsd: '0' }]);
  });

  it('fails in its own words', async () => {
    const limited = await post({ model: 'sim-429;retry-after=3' });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await limited.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    const overloaded = await post({ model: 'sim-500;status=529' });
    expect(await overloaded.json()).toMatchObject({ error: { type: 'overloaded_error' } });
    expect(await (await post({ model: 'sim-echo-credential' })).text()).toContain('sk-ant');
    expect((await ask({ model: 'sim-filter;interval=0' })).stop_reason).toBe('refusal');
    expect(await ask({ model: 'sim-no-usage;interval=0' })).not.toHaveProperty('usage');
    const nobody = await post({}, { 'anthropic-version': '2023-06-01' });
    expect([nobody.status, await nobody.json()]).toMatchObject([
      401,
      { error: { type: 'authentication_error' } },
    ]);
    expect((await post({}, { 'x-api-key': 'sk-ant' })).status).toBe(400);
  });

  it('tells an error inside a stream, which is billed what was written', async () => {
    const events = await stream({ model: 'sim-stream-error;interval=0;after=3' });
    expect(events.at(-1)).toMatchObject({ name: 'error', data: { error: { type: 'api_error' } } });
    expect(events.filter(({ name }) => name === 'content_block_delta')).toHaveLength(3);
    expect(events.some(({ name }) => name === 'content_block_stop')).toBe(false);
    expect(simulator.rows()).toMatchObject([{ completionTokens: 3, completed: false }]);
    expect((await post({ model: 'sim-stream-error' })).status).toBe(500);
  });

  it('breaks off in the middle', async () => {
    const response = await post({ stream: true, model: 'sim-cut;interval=0' });
    await expect(response.text()).rejects.toThrow('terminated');
    expect(simulator.rows()).toMatchObject([{ completionTokens: 32, completed: false }]);
  });

  it('counts tokens for nothing', async () => {
    const count = (body: object): Promise<Response> =>
      simulator.post('/v1/messages/count_tokens', { model: MODEL, messages, ...body }, HEADERS);
    expect(await (await count({})).json()).toEqual({ input_tokens: 3 });
    expect((await count({ max_tokens: 1 })).status).toBe(400);
    expect((await count({ model: 'sim-429' })).status).toBe(429);
    expect(simulator.rows()).toEqual([]);
  });

  it('remembers the key that it was shown, by its hash', async () => {
    await post({});
    const sha256 = createHash('sha256').update('sk-ant').digest('hex');
    expect(simulator.book.hasReceived(sha256)).toBe(true);
  });
});
