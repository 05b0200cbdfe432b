import type { Json } from '../../json-values';
import { Refusal } from '../../refusal';
import { toConverseRequest as fromChat } from '../openai-chat-to-bedrock/request';
import type { Translated } from '../translation';
import { toConverseRequest } from './request';

const CLAUDE = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const TARGET = {
  model: CLAUDE,
  outputLimit: 4096,
  outputLimitName: 'max_tokens',
  streamOptions: true,
  dropUnsupported: false,
};
const NOVA = { ...TARGET, model: 'us.amazon.nova-micro-v1:0' };
const hi = { role: 'user', content: 'hi' };
const HI = { role: 'user', content: [{ text: 'hi' }] };
const translated = (body: Json, target = TARGET): Translated =>
  toConverseRequest({ model: 'alias', max_tokens: 4096, messages: [hi], ...body }, target);
const request = (body: Json, target = TARGET): Json => translated(body, target).body;
const messages = (...list: object[]): unknown => request({ messages: list })['messages'];
const refusalOf = (translate: () => unknown): Partial<Refusal> => {
  try {
    translate();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was taken');
};
const tool = { name: 'f', description: 'Does.', input_schema: { type: 'object', properties: {} } };
const spec = { toolSpec: { name: 'f', description: 'Does.', inputSchema: { json: tool.input_schema } } };

const documentWith = (more: Json): Json => ({
  role: 'user',
  content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'plain' }, ...more }],
});

describe('a message in Converse’s language', () => {
  it('has its limits and sampling apart, and neither model nor streaming, which are in the path', () => {
    const body = { temperature: 0.5, top_p: 0.9, stop_sequences: ['END'], stream: true, system: 'Be brief.' };
    expect(request({ ...body, metadata: { user_id: 'user-1' }, service_tier: 'auto' })).toEqual({
      messages: [HI],
      system: [{ text: 'Be brief.' }],
      inferenceConfig: { maxTokens: 4096, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
      requestMetadata: { user_id: 'user-1' },
    });
  });

  it('has wishes for caching as points behind what they are for', () => {
    const cached = { cache_control: { type: 'ephemeral' } };
    const body = request({
      system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', ...cached }] }],
      tools: [{ ...tool, ...cached }],
    });
    const point = { cachePoint: { type: 'default' } };
    expect(body).toMatchObject({
      system: [{ text: 'a' }, { cachePoint: { type: 'default', ttl: '1h' } }],
      messages: [{ role: 'user', content: [{ text: 'hi' }, point] }],
      toolConfig: { tools: [spec, point] },
    });
  });

  it.each([
    ['an assistant', [{ role: 'assistant', content: 'Hello' }, hi]],
    [
      'a user who says nothing',
      [{ role: 'user', content: ' ' }, { role: 'assistant', content: 'Hello' }, hi],
    ],
  ])('refuses a conversation that begins with %s', (_who, said) => {
    expect(() => messages(...said)).toThrow(
      expect.objectContaining({ code: 'invalid_request', details: { param: 'messages' } }) as Error,
    );
  });

  it('joins turns of one side, and leaves out what is blank', () => {
    const blank = { role: 'user', content: [{ type: 'text', text: ' \n' }] };
    expect(messages(hi, blank, hi)).toEqual([{ role: 'user', content: [{ text: 'hi' }, { text: 'hi' }] }]);
  });

  it('gives thought back byte by byte, and calls and results', () => {
    const said = [
      hi,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'sig==' },
          { type: 'redacted_thinking', data: 'opaque' },
          { type: 'tool_use', id: 'tooluse_1', name: 'f', input: { a: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'tooluse_1',
            is_error: true,
            content: [{ type: 'text', text: 'no' }],
          },
        ],
      },
    ];
    expect(request({ tools: [tool], messages: said })['messages']).toEqual([
      HI,
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 'sig==' } } },
          { reasoningContent: { redactedContent: 'opaque' } },
          { toolUse: { toolUseId: 'tooluse_1', name: 'f', input: { a: 1 } } },
        ],
      },
      {
        role: 'user',
        content: [{ toolResult: { toolUseId: 'tooluse_1', content: [{ text: 'no' }], status: 'error' } }],
      },
    ]);
  });

  it.each<[Json, Json]>([
    [{ content: '' }, {}],
    [{ content: [{ type: 'text', text: ' ' }] }, {}],
    [{ is_error: true }, { status: 'error' }],
  ])('gives back a result that says nothing as one that is blank: %j', (said, more) => {
    const result = { type: 'tool_result', tool_use_id: 'a', ...said };
    const toolResult = { toolUseId: 'a', content: [{ text: '' }], ...more };
    expect(messages({ role: 'user', content: [result] })).toEqual([
      { role: 'user', content: [{ toolResult }] },
    ]);
  });

  it('has images and documents by their data, under names that are not the client’s', () => {
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'document', title: 'x', source: { type: 'base64', media_type: 'application/pdf', data: 'BB' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'plain' } },
    ];
    expect(messages({ role: 'user', content })).toEqual([
      {
        role: 'user',
        content: [
          { image: { format: 'png', source: { bytes: 'AAAA' } } },
          { document: { format: 'pdf', name: 'document 0 1', source: { bytes: 'BB' } } },
          { document: { format: 'txt', name: 'document 0 2', source: { text: 'plain' } } },
        ],
      },
    ]);
  });

  it.each([
    [{ type: 'auto' }, { toolChoice: { auto: {} } }],
    [{ type: 'any' }, { toolChoice: { any: {} } }],
    [{ type: 'tool', name: 'f' }, { toolChoice: { tool: { name: 'f' } } }],
    [undefined, {}],
  ])('chooses tools: %j', (choice, expected) => {
    expect(request({ tools: [tool], tool_choice: choice })['toolConfig']).toEqual({
      tools: [spec],
      ...expected,
    });
  });

  it('offers no tools where none may be called, unless the history speaks of them', () => {
    const none = { tools: [tool], tool_choice: { type: 'none' } };
    expect(request(none)).not.toHaveProperty('toolConfig');
    const history = [
      hi,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }] },
    ];
    expect(refusalOf(() => translated({ ...none, messages: history })).details).toEqual({
      param: 'tool_choice',
    });
  });

  it('offers none to a history of calls but by the client’s leave, and then those that were called', () => {
    const use = (id: string, name: string): Json => ({ type: 'tool_use', id, name, input: {} });
    const result = (id: string): Json => ({ type: 'tool_result', tool_use_id: id, content: 'x' });
    const history = [
      hi,
      { role: 'assistant', content: [use('a', 'f'), use('b', 'g'), use('c', 'f')] },
      { role: 'user', content: [result('a'), result('b'), result('c')] },
    ];
    expect(refusalOf(() => translated({ messages: history }))).toMatchObject({
      code: 'unsupported_parameter',
      details: { param: 'tools' },
    });
    const { body, dropped } = translated({ messages: history }, { ...TARGET, dropUnsupported: true });
    const open = { inputSchema: { json: { type: 'object' } } };
    expect(body['toolConfig']).toEqual({
      tools: [{ toolSpec: { name: 'f', ...open } }, { toolSpec: { name: 'g', ...open } }],
    });
    expect(dropped).toEqual(['tools']);
  });

  it('keeps a schema, which is JSON in a string', () => {
    const schema = { type: 'object', properties: {} };
    const { outputConfig } = request({ output_config: { format: { type: 'json_schema', schema } } });
    expect(outputConfig).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { name: 'output', schema: JSON.stringify(schema) } },
      },
    });
  });

  it('hands what Anthropic’s own models alone understand on to those, and to no others', () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const single = { type: 'auto', disable_parallel_tool_use: true };
    const body = { thinking, top_k: 5, tools: [tool], tool_choice: single, output_config: { effort: 'low' } };
    expect(request(body)['additionalModelRequestFields']).toEqual({
      thinking,
      top_k: 5,
      tool_choice: single,
      output_config: { effort: 'low' },
    });
    expect(translated(body, { ...NOVA, dropUnsupported: true })).toMatchObject({
      dropped: ['thinking', 'top_k', 'tool_choice.disable_parallel_tool_use', 'output_config.effort'],
    });
    expect(refusalOf(() => translated({ thinking }, NOVA)).details).toEqual({ param: 'thinking' });
  });

  it.each<[string, Json]>([
    ['tools.0', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools.0.defer_loading', { tools: [{ ...tool, defer_loading: true }] }],
    ['tools.0.input_examples', { tools: [{ ...tool, input_examples: [{ a: 1 }] }] }],
    ['tools.0.allowed_callers', { tools: [{ ...tool, allowed_callers: ['code_execution_20260120'] }] }],
    ['output_config.task_budget', { output_config: { task_budget: { type: 'tokens', total: 9 } } }],
    ['service_tier', { service_tier: 'priority' }],
    ['metadata', { metadata: { user_id: 'é' } }],
    [
      'messages.0.content.0.source',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url' } }] }] },
    ],
    ['messages.0.content.0', { messages: [{ role: 'user', content: [{ type: 'server_tool_use' }] }] }],
    ['output_config.format', { output_config: { format: { type: 'grammar' } } }],
    ['messages.1.role', { messages: [hi, { role: 'system', content: 'late' }] }],
    ['messages.0.content.0.citations', { messages: [documentWith({ citations: { enabled: true } })] }],
    ['messages.0.content.0.context', { messages: [documentWith({ context: 'Of last year.' })] }],
    ['made_up', { made_up: 1 }],
  ])('has no words for %s in %j, which may be dropped', (param, body) => {
    expect(refusalOf(() => translated(body))).toMatchObject({
      code: 'unsupported_parameter',
      details: { param },
    });
    expect(translated(body, { ...TARGET, dropUnsupported: true }).dropped).toEqual([param]);
  });
});

describe('a chat completion in Converse’s language', () => {
  it('says all that a message can', () => {
    const body = {
      messages: [{ role: 'system', content: 'Be brief.' }, hi],
      tools: [
        { type: 'function', function: { name: 'f', description: 'Does.', parameters: tool.input_schema } },
      ],
      tool_choice: 'required',
      temperature: 1,
      stop: ['END'],
    };
    expect(fromChat(body, NOVA).body).toEqual({
      system: [{ text: 'Be brief.' }],
      messages: [HI],
      toolConfig: { tools: [spec], toolChoice: { any: {} } },
      inferenceConfig: { maxTokens: 4096, temperature: 1, stopSequences: ['END'] },
    });
  });

  it.each<[string, Json]>([
    ['seed', { seed: 1 }],
    ['reasoning_effort', { reasoning_effort: 'high' }],
    [
      'parallel_tool_calls',
      { tools: [{ type: 'function', function: { name: 'f' } }], parallel_tool_calls: false },
    ],
    [
      'messages',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url: 'https://a/b' } },
              { type: 'text', text: 'a' },
            ],
          },
        ],
      },
    ],
    ['user', { user: 'é' }],
  ])('names what this model has no words for as its client does: %s', (param, body) => {
    const whole = { messages: [hi], ...body };
    expect(refusalOf(() => fromChat(whole, NOVA))).toMatchObject({ details: { param } });
    expect(fromChat(whole, { ...NOVA, dropUnsupported: true }).dropped).toEqual([param]);
  });
});
