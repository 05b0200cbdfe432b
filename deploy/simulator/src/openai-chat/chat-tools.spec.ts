import { RunningSimulator, eventsIn } from '../testing/running-simulator';

const MODEL = 'sim-small;first=0;interval=0';
const messages = [{ role: 'user', content: 'hi' }];
const tool = (name: string, parameters: object): object => ({
  type: 'function',
  function: { name, parameters },
});
const tools = [
  tool('weather', { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
  tool('time', { type: 'object' }),
];

interface Call {
  index?: number;
  id?: string;
  function: { name?: string; arguments: string };
}
interface Answer {
  choices: { message: { content: string | null; tool_calls?: Call[] }; finish_reason: string }[];
  usage: { completion_tokens: number; completion_tokens_details: { reasoning_tokens: number } };
}

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await RunningSimulator.start();
});
afterEach(() => simulator.stop());

const post = (body: object): Promise<Response> =>
  simulator.post('/v1/chat/completions', { model: MODEL, messages, ...body }, { authorization: 'Bearer k' });
const ask = async (body: object): Promise<Answer> => (await (await post(body)).json()) as Answer;
const namesIn = ({ choices }: Answer): (string | undefined)[] | undefined =>
  choices[0]?.message.tool_calls?.map((call) => call.function.name);

describe('tools of a chat completion', () => {
  it('are called when forced, as often as may be, and never against the request', async () => {
    const forced = await ask({ tools, tool_choice: 'required' });
    expect(forced.choices).toMatchObject([
      {
        finish_reason: 'tool_calls',
        message: {
          content: null,
          tool_calls: [{ function: { name: 'weather', arguments: '{"city":"tok"}' } }],
        },
      },
    ]);
    const many = { model: `${MODEL};calls=3`, tools };
    expect(namesIn(await ask(many))).toEqual(['weather', 'time', 'weather']);
    expect(namesIn(await ask({ ...many, parallel_tool_calls: false }))).toEqual(['weather']);
    expect(namesIn(await ask({ ...many, tool_choice: 'none' }))).toBeUndefined();
    const named = { type: 'function', function: { name: 'time' } };
    expect(namesIn(await ask({ tools, tool_choice: named }))).toEqual(['time']);
  });

  it('are streamed in fragments, each call under its own index', async () => {
    const body = { model: `${MODEL};calls=2;preamble=1`, tools, stream: true };
    const calls: Call[] = [];
    for (const { data } of eventsIn(await (await post(body)).text())) {
      const choices = data['choices'] as { delta: { tool_calls?: Call[] } }[];
      for (const { index = -1, function: called, ...rest } of choices[0]?.delta.tool_calls ?? []) {
        const call = (calls[index] ??= { ...rest, function: { ...called } });
        if (!('name' in called)) call.function.arguments += called.arguments;
      }
    }
    expect(calls.map((call) => [call.function.name, call.function.arguments])).toEqual([
      ['weather', '{"city":"tok"}'],
      ['time', '{}'],
    ]);
    expect(simulator.rows()).toMatchObject([{ completionTokens: 1 + 4 + 1, completed: true }]);
  });

  it('must be answered, each call of them', async () => {
    const call = (id: string): object => ({
      id,
      type: 'function',
      function: { name: 'time', arguments: '{}' },
    });
    const turn = { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] };
    const result = (id: string): object => ({ role: 'tool', tool_call_id: id, content: 'noon' });
    const status = async (...rest: object[]): Promise<number> =>
      (await post({ tools, messages: [...messages, turn, ...rest] })).status;
    expect(await status(result('b'), result('a'))).toBe(200);
    expect(await status(result('a'))).toBe(400);
    expect(await status(result('a'), { role: 'user', content: 'x' }, result('b'))).toBe(400);
    expect(await status(result('a'), result('b'), result('c'))).toBe(400);
  });
});

describe('what else a chat completion may be', () => {
  it('keeps a schema, or an object of any', async () => {
    const schema = { type: 'object', properties: { n: { type: 'array', items: { type: 'number' } } } };
    const asked = await ask({ response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } });
    expect(JSON.parse(asked.choices[0]?.message.content ?? '')).toEqual({ n: [1] });
    const any = await ask({ response_format: { type: 'json_object' } });
    expect(any.choices[0]?.message.content).toBe('{}');
  });

  it('thinks unseen, billed', async () => {
    const { usage, choices } = await ask({ reasoning_effort: 'high', max_completion_tokens: 20 });
    expect(choices[0]?.message.content).toBe('tok tok tok tok ');
    expect(usage).toMatchObject({
      completion_tokens: 20,
      completion_tokens_details: { reasoning_tokens: 16 },
    });
    const streamed = await (
      await post({ model: `${MODEL};reasoning=100;completion=1`, stream: true })
    ).text();
    expect(streamed.match(/"content":"tok "/g)).toHaveLength(1);
    expect(simulator.rows().map(({ completionTokens }) => completionTokens)).toEqual([20, 101]);
  });

  it('is filtered, or fails in mid-stream', async () => {
    const filtered = await ask({ model: 'sim-filter;interval=0' });
    expect(filtered.choices[0]?.finish_reason).toBe('content_filter');
    const broken = await (await post({ model: 'sim-stream-error;interval=0', stream: true })).text();
    expect(eventsIn(broken).at(-1)?.data).toMatchObject({ error: { type: 'server_error' } });
    expect(broken).not.toContain('[DONE]');
    expect(simulator.rows()).toMatchObject([{ completed: true }, { completionTokens: 32, completed: false }]);
  });
});
