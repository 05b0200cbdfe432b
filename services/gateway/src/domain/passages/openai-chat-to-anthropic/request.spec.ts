import type { Json } from '../../json-values';
import { Refusal } from '../../refusal';
import type { Translated } from '../translation';
import { toMessagesRequest } from './request';

const TARGET = {
  model: 'claude',
  outputLimit: 4096,
  outputLimitName: 'max_tokens',
  streamOptions: true,
  dropUnsupported: false,
};
const hi = { role: 'user', content: 'hi' };
const translated = (body: Json, target: Partial<typeof TARGET> = {}): Translated =>
  toMessagesRequest({ model: 'alias', messages: [hi], ...body }, { ...TARGET, ...target });
const request = (body: Json): Json => translated(body).body;
const messages = (...list: object[]): unknown => request({ messages: list })['messages'];
const refusal = (body: Json): Partial<Refusal> => {
  try {
    translated(body);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was taken');
};
const call = (id: string, args = '{}', name = 'f'): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const weather = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: {} } },
};

describe('a chat completion in Anthropic’s language', () => {
  it('has the provider’s model, the limit that is set, and what means the same', () => {
    expect(
      request({
        max_completion_tokens: 9,
        temperature: 0.5,
        top_p: 0.9,
        stop: 'END',
        stream: true,
        user: 'u',
      }),
    ).toEqual({
      model: 'claude',
      max_tokens: 4096,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ['END'],
      stream: true,
      metadata: { user_id: 'u' },
    });
  });

  it('takes null, and what every answer does anyway, for absent', () => {
    const usual = {
      n: 1,
      logprobs: false,
      presence_penalty: 0,
      frequency_penalty: 0,
      logit_bias: {},
      store: false,
    };
    const absent = {
      tools: null,
      stop: null,
      seed: null,
      response_format: null,
      tool_choice: null,
      metadata: null,
    };
    expect(request({ ...usual, ...absent })).toEqual(request({}));
  });

  it('has its instructions, of whichever role, at the top', () => {
    const body = request({
      messages: [
        { role: 'system', content: 'a' },
        { role: 'developer', content: [{ type: 'text', text: 'b', cache_control: { type: 'ephemeral' } }] },
        hi,
      ],
    });
    expect(body['system']).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b', cache_control: { type: 'ephemeral' } },
    ]);
  });

  it('has no place for instructions in mid-conversation, unless the place may be dropped', () => {
    const body = { messages: [hi, { role: 'system', content: 'late' }] };
    expect(refusal(body).details).toEqual({ param: 'messages[1].role' });
    const { body: sent, dropped } = translated(body, { dropUnsupported: true });
    expect([sent['system'], dropped]).toEqual([[{ type: 'text', text: 'late' }], ['messages[1].role']]);
  });

  it('answers parallel calls in one turn, results first, whatever is said in between', () => {
    expect(
      messages(
        hi,
        { role: 'assistant', content: '', tool_calls: [call('a', '{"x":1}'), call('b', '')] },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'user', content: 'and' },
        { role: 'tool', tool_call_id: 'b', content: '' },
        { role: 'user', content: 'so?' },
      ),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
          { type: 'tool_use', id: 'b', name: 'f', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '1' }] },
          { type: 'tool_result', tool_use_id: 'b' },
          { type: 'text', text: 'and' },
          { type: 'text', text: 'so?' },
        ],
      },
    ]);
  });

  it('has ids in the letters that Anthropic takes, the same in call and result, and no two alike', () => {
    const [, turn, results] = messages(
      hi,
      { role: 'assistant', tool_calls: [call('functions.f:0'), call('functions_f_0')] },
      { role: 'tool', tool_call_id: 'functions.f:0', content: '1' },
      { role: 'tool', tool_call_id: 'functions_f_0', content: '2' },
    ) as { content: { id?: string; tool_use_id?: string }[] }[];
    const ids = turn!.content.map(({ id }) => id);
    expect(results!.content.map(({ tool_use_id }) => tool_use_id)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
  });

  it('gives thought back byte by byte, put together from its fragments, before all else', () => {
    const details = [
      { type: 'reasoning.text', text: 'I th', index: 0 },
      { type: 'reasoning.text', text: 'ink.', index: 0 },
      { type: 'reasoning.text', signature: 'sig==', index: 0 },
      { type: 'reasoning.encrypted', data: 'opaque', index: 1 },
      { type: 'reasoning.text', text: '', signature: 'only', index: 2 },
    ];
    const turn = {
      role: 'assistant',
      content: 'so',
      reasoning_content: 'I think.',
      reasoning_details: details,
    };
    expect(messages(hi, turn)).toContainEqual({
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'I think.', signature: 'sig==' },
        { type: 'redacted_thinking', data: 'opaque' },
        { type: 'thinking', thinking: '', signature: 'only' },
        { type: 'text', text: 'so' },
      ],
    });
  });

  it('has images by their data or by their address, and PDF', () => {
    const content = [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'auto' } },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
    ];
    expect(messages({ role: 'user', content })).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' },
            title: 'a.pdf',
          },
        ],
      },
    ]);
  });

  it.each([
    ['data:image/jpg;base64,AAAA', 'image/jpeg'],
    ['data:IMAGE/PNG;charset=utf-8;base64,AAAA', 'image/png'],
  ])('has the type of an image as Anthropic calls it: %s', (url, type) => {
    const image = { type: 'image_url', image_url: { url } };
    expect(messages({ role: 'user', content: [image] })).toEqual([
      {
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', media_type: type, data: 'AAAA' } }],
      },
    ]);
  });

  it.each([
    [undefined, undefined, undefined],
    ['none', undefined, { type: 'none' }],
    ['auto', undefined, { type: 'auto' }],
    ['required', undefined, { type: 'any' }],
    [{ type: 'function', function: { name: 'weather' } }, undefined, { type: 'tool', name: 'weather' }],
    [undefined, false, { type: 'auto', disable_parallel_tool_use: true }],
    ['required', false, { type: 'any', disable_parallel_tool_use: true }],
    ['none', false, { type: 'none' }],
    ['auto', true, { type: 'auto' }],
  ])('chooses tools: %j, in parallel: %j', (choice, parallel, expected) => {
    const body = { tools: [weather], tool_choice: choice, parallel_tool_calls: parallel };
    expect(request(body)['tool_choice']).toEqual(expected);
  });

  it('offers tools, also those without parameters', () => {
    const bare = { type: 'function', function: { name: 'now', description: 'Tells.', strict: true } };
    const alike = { cache_control: { type: 'ephemeral' }, eager_input_streaming: true };
    expect(request({ tools: [{ ...weather, ...alike }, bare] })['tools']).toEqual([
      { name: 'weather', input_schema: { type: 'object', properties: {} }, ...alike },
      { name: 'now', description: 'Tells.', input_schema: { type: 'object' }, strict: true },
    ]);
  });

  it('keeps a schema', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const format = { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } };
    expect(request({ response_format: format })['output_config']).toEqual({
      format: { type: 'json_schema', schema },
    });
  });

  it.each<[string, Json, Json]>([
    ['claude-sonnet-4-5', { temperature: 0.7, top_p: 1 }, { temperature: 0.7 }],
    ['claude-sonnet-4-5', { temperature: 1, top_p: 0.9 }, { top_p: 0.9 }],
    ['claude-sonnet-4-5', { temperature: 1 }, { temperature: 1 }],
    ['amazon.nova-lite-v1:0', { temperature: 0.7, top_p: 1 }, { temperature: 0.7, top_p: 1 }],
  ])(
    'says what of temperature and top_p is not so anyway, where %s takes one alone: %j',
    (model, said, sent) => {
      const { body } = translated(said, { model });
      expect({ temperature: body['temperature'], top_p: body['top_p'] }).toEqual({
        temperature: undefined,
        top_p: undefined,
        ...sent,
      });
    },
  );

  it('thinks as hard as asked, within the limit', () => {
    expect(request({ reasoning_effort: 'high' })['thinking']).toEqual({
      type: 'enabled',
      budget_tokens: 3276,
    });
    expect(request({ reasoning_effort: 'low' })['thinking']).toEqual({
      type: 'enabled',
      budget_tokens: 1024,
    });
    expect(request({ reasoning_effort: 'none' })).not.toHaveProperty('thinking');
  });

  it.each([
    ['claude-opus-4-7', true],
    ['us.anthropic.claude-opus-4-8-20260528-v1:0', true],
    ['claude-sonnet-5', true],
    ['claude-fable-5', true],
    ['claude-opus-4-6', false],
    ['claude-opus-4-20250514', false],
    ['claude-haiku-4-5-20251001', false],
    ['claude-3-7-sonnet-20250219', false],
    ['minimax-m2', false],
  ])('thinks by an effort where the model takes no budget: %s, %s', (model, byEffort) => {
    const schema = { type: 'object' };
    const said = { type: 'json_schema', json_schema: { name: 'a', schema } };
    const { body } = translated({ reasoning_effort: 'xhigh', response_format: said }, { model });
    const format = { type: 'json_schema', schema };
    expect([body['thinking'], body['output_config']]).toEqual(
      byEffort
        ? [{ type: 'adaptive' }, { effort: 'xhigh', format }]
        : [{ type: 'enabled', budget_tokens: 3686 }, { format }],
    );
  });

  it('thinks by an effort whatever the limit and the history are', () => {
    const called = { role: 'assistant', tool_calls: [call('a')] };
    const history = { messages: [hi, called, { role: 'tool', content: '1', tool_call_id: 'a' }] };
    const target = { model: 'claude-opus-4-7', outputLimit: 100 };
    const { body, dropped } = translated({ ...history, reasoning_effort: 'low' }, target);
    expect([body['thinking'], dropped]).toEqual([{ type: 'adaptive' }, []]);
  });

  it('does not think where that cannot be: the limit is too small, or the history has calls without their thought', () => {
    const small = toMessagesRequest(
      { messages: [hi], reasoning_effort: 'high' },
      { ...TARGET, outputLimit: 1024 },
    );
    expect(small).toMatchObject({ dropped: ['reasoning_effort'] });
    const history = translated({
      reasoning_effort: 'high',
      messages: [
        hi,
        { role: 'assistant', tool_calls: [call('a')] },
        { role: 'tool', tool_call_id: 'a', content: '1' },
      ],
    });
    expect([history.body['thinking'], history.dropped]).toEqual([undefined, ['reasoning_effort']]);
  });

  it.each<[string, Json]>([
    ['n', { n: 2 }],
    ['seed', { seed: 1 }],
    ['logprobs', { logprobs: true }],
    ['presence_penalty', { presence_penalty: 0.5 }],
    ['logit_bias', { logit_bias: { '1': 1 } }],
    ['prediction', { prediction: { type: 'content', content: 'a' } }],
    ['temperature', { temperature: 1.5 }],
    ['temperature', { temperature: 0.5, reasoning_effort: 'high' }],
    ['stop', { stop: ['\n'] }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['reasoning_effort', { tools: [weather], tool_choice: 'required', reasoning_effort: 'high' }],
    ['service_tier', { service_tier: 'flex' }],
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'a' } }] }],
    ['tools[0].defer_loading', { tools: [{ ...weather, defer_loading: true }] }],
    [
      'tools[0].function.input_examples',
      { tools: [{ type: 'function', function: { name: 'f', input_examples: [{ a: 1 }] } }] },
    ],
    ['tool_choice', { tools: [weather], tool_choice: { type: 'allowed_tools' } }],
    ['messages[0].name', { messages: [{ ...hi, name: 'Ann' }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }, hi] }],
    [
      'messages[0].content[0].image_url.url',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/bmp;base64,A' } }] },
          hi,
        ],
      },
    ],
    [
      'messages[0].content[0].image_url.detail',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'https://a/b', detail: 'low' } }],
          },
        ],
      },
    ],
    ['messages[1].audio', { messages: [hi, { role: 'assistant', content: 'a', audio: { id: 'x' } }] }],
    ['made_up', { made_up: 1 }],
    ['constructor', { constructor: 1 }],
    ['messages[0].role', { messages: [{ role: 'constructor', content: 'a' }, hi] }],
  ])('has no words for %s in %j, which may be dropped', (param, body) => {
    expect(refusal(body)).toMatchObject({ code: 'unsupported_parameter', details: { param } });
    expect(translated(body, { dropUnsupported: true }).dropped).toEqual([param]);
  });

  it.each<[string, Json]>([
    ['tools[0]', { tools: [{ type: { toString: 1, valueOf: 1 } }] }],
    ['response_format', { response_format: { type: { toString: 1, valueOf: 1 } } }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: [{ toString: 1 }] }] }] }],
  ])('is refused by name with a type of %s that is no text', (param, body) => {
    expect(refusal(body)).toMatchObject({ code: 'unsupported_parameter', details: { param } });
  });

  it.each<[string, Json]>([
    [
      'messages[1].tool_calls[0].function.arguments',
      { messages: [hi, { role: 'assistant', tool_calls: [call('a', '{')] }] },
    ],
    [
      'messages[1].tool_calls[0].function.arguments',
      { messages: [hi, { role: 'assistant', tool_calls: [call('a', '[1]')] }] },
    ],
    ['messages', { messages: [{ role: 'user', content: '' }] }],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
    ['temperature', { temperature: 'hot' }],
    ['reasoning_effort', { reasoning_effort: 'constructor' }],
  ])('refuses what is malformed: %s in %j', (param, body) => {
    expect(refusal(body)).toMatchObject({ code: 'invalid_request', details: { param } });
  });

  it('knows no parameter by what every object has', () => {
    expect(refusal(JSON.parse('{"__proto__": {"temperature": 1}}') as Json).details).toEqual({
      param: '__proto__',
    });
  });

  it('names what it cannot say in letters that a header can hold', () => {
    expect(refusal({ 'a\r\nb': 1 }).details).toEqual({ param: 'a??b' });
  });
});
