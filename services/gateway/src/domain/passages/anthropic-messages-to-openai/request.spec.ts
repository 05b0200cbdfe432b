import * as fc from 'fast-check';
import type { Json } from '../../json-values';
import { Refusal } from '../../refusal';
import { conversationOf as backOf } from '../openai-chat-to-anthropic/messages';
import { Omissions, type Translated } from '../translation';
import { toChatRequest } from './request';

const TARGET = {
  model: 'gpt',
  outputLimit: 4096,
  outputLimitName: 'max_completion_tokens',
  streamOptions: true,
  dropUnsupported: false,
};
const hi = { role: 'user', content: 'hi' };
const translated = (body: Json, target: Partial<typeof TARGET> = {}): Translated =>
  toChatRequest({ model: 'alias', max_tokens: 4096, messages: [hi], ...body }, { ...TARGET, ...target });
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
const tool = { name: 'f', description: 'Does.', input_schema: { type: 'object', properties: {} } };

const documentWith = (more: Json): Json => ({
  role: 'user',
  content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'plain' }, ...more }],
});

describe('a message in OpenAI’s language', () => {
  it('has the provider’s model, the limit under the name that it honours, and what means the same', () => {
    const body = {
      ...{ temperature: 0.5, top_p: 0.9, stop_sequences: ['END'], stream: true, metadata: { user_id: 'u' } },
      ...{ service_tier: 'standard_only', system: 'Be brief.' },
    };
    expect(request(body)).toEqual({
      model: 'gpt',
      max_completion_tokens: 4096,
      messages: [{ role: 'system', content: 'Be brief.' }, hi],
      ...{ temperature: 0.5, top_p: 0.9, stop: ['END'], stream: true, user: 'u', service_tier: 'default' },
      stream_options: { include_usage: true },
    });
    expect(translated({ stream: true }, { streamOptions: false }).body).not.toHaveProperty('stream_options');
  });

  it('joins instructions, whose wishes for caching OpenAI fulfils unasked', () => {
    const system = [
      { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: 'b' },
    ];
    expect(request({ system })['messages']).toEqual([{ role: 'system', content: 'a\n\nb' }, hi]);
  });

  it('has instructions in mid-conversation where they were', () => {
    const late = { role: 'system', content: [{ type: 'text', text: 'late' }] };
    expect(messages(hi, late)).toEqual([hi, { role: 'system', content: 'late' }]);
  });

  it('answers parallel calls in messages of their own, before what else the turn says', () => {
    expect(
      messages(
        hi,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'text', text: 'let me see' },
            { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } },
            { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: 'one' },
            {
              type: 'tool_result',
              tool_use_id: 'toolu_2',
              is_error: true,
              content: [{ type: 'text', text: 'two' }],
            },
            { type: 'text', text: 'so?' },
          ],
        },
      ),
    ).toEqual([
      hi,
      {
        role: 'assistant',
        content: 'let me see',
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'one' },
      { role: 'tool', tool_call_id: 'toolu_2', content: 'Error: two' },
      { role: 'user', content: 'so?' },
    ]);
  });

  it('has images and documents by their data or their address', () => {
    const content = [
      { type: 'text', text: 'see' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      {
        type: 'document',
        title: 'a.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data: 'BB' },
      },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'plain' } },
    ];
    expect(messages({ role: 'user', content })).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BB' } },
          { type: 'text', text: 'plain' },
        ],
      },
    ]);
  });

  it.each([
    [undefined, {}],
    [{ type: 'none' }, { tool_choice: 'none' }],
    [{ type: 'auto' }, { tool_choice: 'auto' }],
    [{ type: 'any' }, { tool_choice: 'required' }],
    [{ type: 'tool', name: 'f' }, { tool_choice: { type: 'function', function: { name: 'f' } } }],
    [
      { type: 'auto', disable_parallel_tool_use: true },
      { tool_choice: 'auto', parallel_tool_calls: false },
    ],
    [
      { type: 'any', disable_parallel_tool_use: true },
      { tool_choice: 'required', parallel_tool_calls: false },
    ],
  ])('chooses tools: %j', (choice, expected) => {
    const { tool_choice, parallel_tool_calls } = request({ tools: [tool], tool_choice: choice });
    expect(JSON.parse(JSON.stringify({ tool_choice, parallel_tool_calls }))).toEqual(expected);
  });

  it('offers tools, whatever they are without or wish for', () => {
    const plain = { defer_loading: false, input_examples: [], allowed_callers: ['direct'] };
    const wishes = { cache_control: {}, eager_input_streaming: true };
    expect(request({ tools: [{ ...tool, type: 'custom', ...plain, ...wishes }] })['tools']).toEqual([
      { type: 'function', function: { name: 'f', description: 'Does.', parameters: tool.input_schema } },
    ]);
  });

  it('names its user, as long as OpenAI takes the name', () => {
    const user = 'u'.repeat(64);
    expect(request({ metadata: { user_id: user } })['user']).toBe(user);
    const { body, dropped } = translated({ metadata: { user_id: `${user}u` } });
    expect(body).not.toHaveProperty('user');
    expect(dropped).toEqual(['metadata.user_id']);
  });

  it('keeps a schema', () => {
    const schema = { type: 'object', properties: {} };
    const body = request({ output_config: { format: { type: 'json_schema', schema } } });
    expect(body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { strict: true, schema },
    });
  });

  it.each([
    [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, 'low'],
    [{ thinking: { type: 'enabled', budget_tokens: 4000 } }, 'medium'],
    [{ thinking: { type: 'enabled', budget_tokens: 31_999 } }, 'high'],
    [{ thinking: { type: 'adaptive' } }, 'medium'],
    [{ thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }, 'xhigh'],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'high' } }, undefined],
    [{}, undefined],
  ])('thinks: %j', (body, effort) => {
    expect(request(body)['reasoning_effort']).toBe(effort);
  });

  it.each<[string, Json]>([
    ['top_k', { top_k: 5 }],
    ['stop_sequences', { stop_sequences: ['a', 'b', 'c', 'd', 'e'] }],
    ['metadata', { metadata: { trace: 'x' } }],
    ['service_tier', { service_tier: 'of_the_future' }],
    ['tools.0', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools.0.defer_loading', { tools: [{ ...tool, defer_loading: true }] }],
    ['tools.0.input_examples', { tools: [{ ...tool, input_examples: [{ a: 1 }] }] }],
    ['tools.0.allowed_callers', { tools: [{ ...tool, allowed_callers: ['code_execution_20260120'] }] }],
    ['output_config.task_budget', { output_config: { task_budget: { type: 'tokens', total: 9 } } }],
    ['output_config.effort', { output_config: { effort: 'of_the_future' } }],
    ['output_config.format', { output_config: { format: { type: 'grammar' } } }],
    ['messages.0.content.0', { messages: [{ role: 'user', content: [{ type: 'search_result' }] }, hi] }],
    [
      'messages.0.content.0.source',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file' } }] }] },
    ],
    [
      'messages.0.content.0.content.0',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image' }] }],
          },
        ],
      },
    ],
    [
      'messages.1.content.0',
      { messages: [hi, { role: 'assistant', content: [{ type: 'server_tool_use' }] }] },
    ],
    ['messages.0.content.0.citations', { messages: [documentWith({ citations: { enabled: true } })] }],
    ['messages.0.content.0.context', { messages: [documentWith({ context: 'Of last year.' })] }],
    ['made_up', { made_up: 1 }],
  ])('has no words for %s in %j, which may be dropped', (param, body) => {
    expect(refusal(body)).toMatchObject({ code: 'unsupported_parameter', details: { param } });
    expect(translated(body, { dropUnsupported: true }).dropped).toEqual([param]);
  });

  it('comes back as it was from the way back', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => !one.startsWith('Error: '));
    const block = fc.record({ type: fc.constant('text'), text });
    const call = fc.record({
      type: fc.constant('tool_use'),
      id: fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/),
      name: fc.constantFrom('f', 'g'),
      input: fc
        .dictionary(fc.string(), fc.string())
        .map((value) => JSON.parse(JSON.stringify(value)) as Json),
    });
    fc.assert(
      fc.property(block, fc.array(call, { minLength: 1, maxLength: 3 }), block, (said, calls, asked) => {
        const results = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: [said] }));
        const conversation = [
          { role: 'user', content: [asked] },
          { role: 'assistant', content: [said, ...calls] },
          { role: 'user', content: [...results, asked] },
        ];
        const sent = request({ messages: conversation })['messages'];
        expect(backOf(sent, new Omissions(false)).messages).toEqual(conversation);
      }),
    );
  });
});
