import type { DialectName } from '../domain/dialects/dialect';
import type { SurfaceName } from '../domain/surfaces/surface';

/** A whole answer: its body, or the data of its events. */
export interface ConformanceAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export interface ConformanceFeature {
  readonly name: string;
  /** Beside what every request of the surface has. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly model?: keyof typeof CONFORMANCE_MODELS;
  /** What an answer has to be, as a matcher of its members. */
  readonly answer: Partial<Record<keyof ConformanceAnswer, unknown>>;
  /** The parameter that providers of a dialect have no words for. */
  readonly refused?: Partial<Record<DialectName, string>>;
  /** What is left out, and named in `x-gatehouse-dropped`. */
  readonly leftOut?: Partial<Record<DialectName, string>>;
}

const QUICK = 'sim-small;first=0;interval=0;completion=8';

export const CONFORMANCE_MODELS = { quick: QUICK, calling: `${QUICK};calls=2` } as const;

/** A matcher of any one of a list. */
const some = (member: unknown): unknown => expect.arrayContaining([member]) as unknown;
const having = (members: object): unknown => expect.objectContaining(members) as unknown;
const both = (refused: string): Partial<Record<DialectName, string>> => ({
  anthropic: refused,
  bedrock: refused,
});

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const QUESTION = 'How many roads must a man walk down?';

const CHAT_TOOLS = ['weather', 'time'].map((name) => ({
  type: 'function',
  function: { name, parameters: SCHEMA },
}));
const MESSAGE_TOOLS = ['weather', 'time'].map((name) => ({ name, input_schema: SCHEMA }));

const chatChoice = (choice: object) => ({ body: having({ choices: [having(choice)] }) });
const chatText = chatChoice({ message: having({ content: 'tok '.repeat(8) }), finish_reason: 'stop' });
const chatJson = chatChoice({ message: having({ content: expect.stringMatching(/^\{.*\}$/s) }) });
const chatCalls = (...names: readonly string[]) =>
  chatChoice({
    message: having({
      tool_calls: names.map((name) => having({ type: 'function', function: having({ name }) })),
    }),
  });
const chatWith = (...content: readonly object[]) => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: QUESTION }, ...content] }],
});

const CHAT: readonly ConformanceFeature[] = [
  { name: 'plain', body: {}, answer: chatText },
  {
    name: 'streaming',
    body: { stream: true },
    answer: { events: some(having({ choices: [having({ finish_reason: 'stop' })] })) },
  },
  {
    name: 'usage at the end of a stream',
    body: { stream: true, stream_options: { include_usage: true } },
    answer: { events: some(having({ choices: [], usage: having({ completion_tokens: 8 }) })) },
  },
  {
    name: 'output limit: max_tokens',
    body: { max_completion_tokens: undefined, max_tokens: 3 },
    answer: chatChoice({ finish_reason: 'length' }),
  },
  {
    name: 'output limit: max_completion_tokens',
    body: { max_completion_tokens: 3 },
    answer: chatChoice({ finish_reason: 'length' }),
  },
  {
    name: 'messages of system, developer and assistant',
    body: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: QUESTION },
      ],
    },
    answer: chatText,
  },
  { name: 'stop sequences', body: { stop: ['END'] }, answer: chatText },
  { name: 'temperature, top_p', body: { temperature: 0.5, top_p: 0.9 }, answer: chatText },
  {
    name: 'several choices: n',
    body: { n: 2 },
    answer: { body: having({ choices: [{}, {}].map(having) }) },
    refused: both('n'),
  },
  { name: 'seed', body: { seed: 7 }, answer: chatText, refused: both('seed') },
  { name: 'penalties', body: { presence_penalty: 0.5 }, answer: chatText, refused: both('presence_penalty') },
  { name: 'logit_bias', body: { logit_bias: { '50': 1 } }, answer: chatText, refused: both('logit_bias') },
  { name: 'logprobs', body: { logprobs: true }, answer: chatText, refused: both('logprobs') },
  { name: 'user', body: { user: 'u-1' }, answer: chatText },
  { name: 'metadata', body: { metadata: { a: 'b' } }, answer: chatText, refused: both('metadata') },
  {
    name: 'tools in parallel',
    model: 'calling',
    body: { tools: CHAT_TOOLS },
    answer: chatCalls('weather', 'time'),
  },
  {
    name: 'tools in a stream',
    model: 'calling',
    body: { tools: CHAT_TOOLS, stream: true },
    answer: { events: some(having({ choices: [having({ finish_reason: 'tool_calls' })] })) },
  },
  {
    name: 'one tool at a time: parallel_tool_calls',
    model: 'calling',
    body: { tools: CHAT_TOOLS, parallel_tool_calls: false },
    answer: chatChoice({ message: having({ tool_calls: [having({})] }) }),
    refused: { bedrock: 'parallel_tool_calls' },
  },
  {
    name: 'a forced tool',
    body: { tools: CHAT_TOOLS, tool_choice: { type: 'function', function: { name: 'time' } } },
    answer: chatCalls('time'),
  },
  {
    name: 'any tool',
    body: { tools: CHAT_TOOLS.slice(0, 1), tool_choice: 'required' },
    answer: chatCalls('weather'),
  },
  { name: 'no tool', model: 'calling', body: { tools: CHAT_TOOLS, tool_choice: 'none' }, answer: chatText },
  {
    name: 'results of tools',
    body: {
      tools: CHAT_TOOLS,
      messages: [
        { role: 'user', content: QUESTION },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'time', arguments: '{"city":"Rome"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'Noon.' },
      ],
    },
    answer: chatText,
  },
  {
    name: 'structured output: json_schema',
    body: {
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: SCHEMA } },
    },
    answer: chatJson,
  },
  {
    name: 'structured output: json_object',
    body: { response_format: { type: 'json_object' } },
    answer: chatJson,
    refused: both('response_format'),
  },
  {
    name: 'an image, by its data',
    body: chatWith({ type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } }),
    answer: chatText,
  },
  {
    name: 'an image, by its URL',
    body: chatWith({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }),
    answer: chatText,
    refused: { bedrock: 'messages' },
  },
  {
    name: 'a PDF',
    body: chatWith({
      type: 'file',
      file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
    }),
    answer: chatText,
  },
  {
    name: 'audio in',
    body: chatWith({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
    answer: chatText,
    refused: both('messages[0].content[1]'),
  },
  {
    name: 'thought: reasoning_effort',
    body: { reasoning_effort: 'high', max_completion_tokens: 4_000 },
    answer: chatChoice({ finish_reason: 'stop' }),
    refused: { bedrock: 'reasoning_effort' },
  },
  {
    name: 'thought, with too little room for it',
    body: { reasoning_effort: 'high', max_completion_tokens: 200 },
    answer: chatChoice({ finish_reason: 'stop' }),
    leftOut: both('reasoning_effort'),
  },
];

const message = (members: object) => ({ body: having(members) });
const messageText = message({
  content: [{ type: 'text', text: 'tok '.repeat(8) }].map(having),
  stop_reason: 'end_turn',
});
const used = (...names: readonly string[]) =>
  message({ content: names.map((name) => having({ type: 'tool_use', name })), stop_reason: 'tool_use' });
const messageWith = (...content: readonly object[]) => ({
  messages: [{ role: 'user', content: [...content, { type: 'text', text: QUESTION }] }],
});
const ELSEWHERE: readonly DialectName[] = ['openai', 'azure-openai', 'bedrock'];
const elsewhere = (refused: string) => Object.fromEntries(ELSEWHERE.map((dialect) => [dialect, refused]));

const MESSAGES: readonly ConformanceFeature[] = [
  { name: 'plain', body: {}, answer: messageText },
  {
    name: 'streaming',
    body: { stream: true },
    answer: {
      events: expect.arrayContaining([
        having({ type: 'message_start' }),
        having({ type: 'content_block_delta' }),
        having({ type: 'message_delta', usage: having({ output_tokens: 8 }) }),
        having({ type: 'message_stop' }),
      ]),
    },
  },
  { name: 'output limit', body: { max_tokens: 3 }, answer: message({ stop_reason: 'max_tokens' }) },
  { name: 'system', body: { system: [{ type: 'text', text: 'Be brief.' }] }, answer: messageText },
  { name: 'stop_sequences', body: { stop_sequences: ['END'] }, answer: messageText },
  { name: 'temperature', body: { temperature: 0.5 }, answer: messageText },
  { name: 'top_k', body: { top_k: 5 }, answer: messageText, refused: elsewhere('top_k') },
  { name: 'metadata.user_id', body: { metadata: { user_id: 'u-1' } }, answer: messageText },
  {
    name: 'cache_control',
    body: messageWith({ type: 'text', text: 'A long story.', cache_control: { type: 'ephemeral' } }),
    answer: messageText,
  },
  {
    name: 'tools in parallel',
    model: 'calling',
    body: { tools: MESSAGE_TOOLS },
    answer: used('weather', 'time'),
  },
  {
    name: 'tools in a stream',
    model: 'calling',
    body: { tools: MESSAGE_TOOLS, stream: true },
    answer: {
      events: expect.arrayContaining([
        having({ type: 'content_block_start', content_block: having({ type: 'tool_use', name: 'time' }) }),
        having({ type: 'content_block_delta', delta: having({ type: 'input_json_delta' }) }),
        having({ type: 'message_delta', delta: having({ stop_reason: 'tool_use' }) }),
      ]),
    },
  },
  {
    name: 'one tool at a time: disable_parallel_tool_use',
    model: 'calling',
    body: { tools: MESSAGE_TOOLS, tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    answer: message({ content: [having({ type: 'tool_use' })] }),
    refused: { bedrock: 'tool_choice.disable_parallel_tool_use' },
  },
  {
    name: 'a forced tool',
    body: { tools: MESSAGE_TOOLS, tool_choice: { type: 'tool', name: 'time' } },
    answer: used('time'),
  },
  {
    name: 'any tool',
    body: { tools: MESSAGE_TOOLS.slice(0, 1), tool_choice: { type: 'any' } },
    answer: used('weather'),
  },
  {
    name: 'no tool',
    model: 'calling',
    body: { tools: MESSAGE_TOOLS, tool_choice: { type: 'none' } },
    answer: messageText,
  },
  {
    name: 'results of tools',
    body: {
      tools: MESSAGE_TOOLS,
      messages: [
        { role: 'user', content: QUESTION },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'toolu_1', name: 'time', input: { city: 'Rome' } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'Noon.' }] },
      ],
    },
    answer: messageText,
  },
  {
    name: 'structured output: output_config.format',
    body: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
    answer: message({ content: [having({ type: 'text', text: expect.stringMatching(/^\{.*\}$/s) })] }),
  },
  {
    name: 'an image, by its data',
    body: messageWith({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } }),
    answer: messageText,
  },
  {
    name: 'an image, by its URL',
    body: messageWith({ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }),
    answer: messageText,
    refused: { bedrock: 'messages.0.content.0.source' },
  },
  {
    name: 'a PDF',
    body: messageWith({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: PDF },
    }),
    answer: messageText,
  },
  {
    name: 'thinking',
    body: { thinking: { type: 'enabled', budget_tokens: 1_024 }, max_tokens: 2_000 },
    answer: message({ stop_reason: 'end_turn' }),
    refused: { bedrock: 'thinking' },
  },
];

const choices = (...members: readonly object[]) => ({ body: having({ choices: members.map(having) }) });
const COMPLETION = { text: 'tok '.repeat(8), finish_reason: 'stop' };

const COMPLETIONS: readonly ConformanceFeature[] = [
  { name: 'plain', body: {}, answer: choices(COMPLETION) },
  {
    name: 'streaming',
    body: { stream: true },
    answer: { events: some(having({ choices: [having({ finish_reason: 'stop' })] })) },
  },
  { name: 'output limit', body: { max_tokens: 3 }, answer: choices({ finish_reason: 'length' }) },
  {
    name: 'several prompts',
    body: { prompt: [QUESTION, 'And then?'] },
    answer: choices(COMPLETION, COMPLETION),
  },
  { name: 'several choices: n', body: { n: 2 }, answer: choices(COMPLETION, COMPLETION) },
];

const vectors = (count: number, embedding: unknown) => ({
  body: having({ data: Array.from({ length: count }, () => having({ embedding })) }),
});

const EMBEDDINGS: readonly ConformanceFeature[] = [
  { name: 'plain', body: {}, answer: vectors(1, expect.any(Array)) },
  { name: 'several inputs', body: { input: ['one', 'two'] }, answer: vectors(2, expect.any(Array)) },
  { name: 'inputs of tokens', body: { input: [[1, 2, 3], [4]] }, answer: vectors(2, expect.any(Array)) },
  { name: 'in base64', body: { encoding_format: 'base64' }, answer: vectors(1, expect.any(String)) },
];

const COUNT: readonly ConformanceFeature[] = [
  { name: 'plain', body: {}, answer: message({ input_tokens: expect.any(Number) }) },
  {
    name: 'with tools',
    body: { tools: MESSAGE_TOOLS },
    answer: message({ input_tokens: expect.any(Number) }),
  },
];

const asked = [{ role: 'user', content: QUESTION }];

/** What clients can ask, by what they speak: each is a row of the document, and a test of every dialect. */
export const CONFORMANCE: Readonly<
  Record<SurfaceName, { readonly base: object; readonly features: readonly ConformanceFeature[] }>
> = {
  'openai-chat': { base: { messages: asked, max_completion_tokens: 200 }, features: CHAT },
  'openai-completions': { base: { prompt: QUESTION, max_tokens: 200 }, features: COMPLETIONS },
  'openai-embeddings': { base: { input: QUESTION }, features: EMBEDDINGS },
  'anthropic-messages': { base: { messages: asked, max_tokens: 200 }, features: MESSAGES },
  'anthropic-count-tokens': { base: { messages: asked }, features: COUNT },
};
