import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import * as fc from 'fast-check';
import type { Ask } from '../ask';
import { planFor } from '../bound';
import { outputLimitFor } from '../output-limit';
import { UNKNOWN_QUIRKS } from '../quirks';
import { type RefusalCode, REFUSALS, Refusal } from '../refusal';
import { SURFACES } from '../surfaces';
import type { SurfaceName } from './surface';
import { UNBOUNDED_NAMES } from './unbounded';

const parsed = (name: SurfaceName, body: unknown): Ask =>
  SURFACES[name].parse(Buffer.from(JSON.stringify(body)));
const refusalOf = (name: SurfaceName, body: unknown): Partial<Refusal> => {
  try {
    parsed(name, body);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was taken');
};
const bytesOf = (value: unknown): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : Array.isArray(value) ? sumOf(value.map(bytesOf)) : 1;

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

interface Block {
  readonly type: string;
  readonly content?: readonly Block[];
}

const text = fc.string({ unit: 'binary' });
const tokens = fc.array(fc.nat({ max: 200_000 }), { minLength: 1 });
const inputs = fc.oneof(text, fc.array(text, { minLength: 1 }), tokens, fc.array(tokens, { minLength: 1 }));

describe('embeddings', () => {
  it('are bounded by what is put in, in whichever of its forms, and generate nothing', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { demand } = parsed('openai-embeddings', { model: 'm', input });
        expect(demand.output).toBeUndefined();
        expect(demand.prompt.bytes).toBeGreaterThanOrEqual(bytesOf(input));
        expect(demand.prompt.opaque).toBe(false);
        const each = Array.isArray(input) && typeof input[0] !== 'number';
        expect(demand.prompt.prompts).toBe(each ? input.length : 1);
      }),
    );
  });

  it('have the context window for each input apart', () => {
    const input = Array.from({ length: 3 }, () => 'a'.repeat(500));
    const { demand } = parsed('openai-embeddings', { model: 'm', input });
    const plan = planFor(demand, { name: 'm', known: true, contextWindow: 100 }, undefined, {
      outputDefault: 4_096,
      outputFloor: 16,
    });
    expect(plan).toMatchObject({ inputTokens: 300, perChoiceMax: 0, perChoiceMin: 0 });
  });

  it.each([
    [{ model: 'm' }, 'input'],
    [{ model: 7, input: 'a' }, 'model'],
  ])('of %j are refused', (body, param) =>
    expect(refusalOf('openai-embeddings', body)).toMatchObject({
      code: 'invalid_request',
      details: { param },
    }),
  );

  it('are bounded with what is said of them for each of them', () => {
    const instruction = 'i'.repeat(1_000);
    const { demand } = parsed('openai-embeddings', { model: 'm', input: ['a', 'b', 'c'], instruction });
    expect(demand.prompt.bytes).toBeGreaterThan(3_000);
  });

  it('of what is neither text nor tokens are bounded by the context window', () =>
    expect(parsed('openai-embeddings', { model: 'm', input: [{ image: 'x' }] }).demand.prompt.opaque).toBe(
      true,
    ));
});

describe('completions', () => {
  it('generate an answer for each prompt, n times, of 16 tokens where nobody says how many', () => {
    const { demand } = parsed('openai-completions', { model: 'm', prompt: ['a', 'b'], n: 3 });
    expect(demand.output).toMatchObject({ choices: 6, limitUnset: 16 });
    expect(demand.prompt.prompts).toBe(2);
    const named = parsed('openai-completions', { model: 'm', prompt: [1, 2, 3], max_tokens: 5 });
    expect(named.demand.output).toMatchObject({ choices: 1, limits: new Map([['max_tokens', 5]]) });
  });

  it('are bounded with what follows each prompt', () => {
    const suffix = 's'.repeat(1_000);
    const { demand } = parsed('openai-completions', { model: 'm', prompt: ['a', 'b', 'c'], suffix });
    expect(demand.prompt.bytes).toBeGreaterThan(3_000);
    expect(demand.prompt.bytes).toBeLessThan(3_100);
    // Whoever counts the tokens of the body has it once.
    expect(demand.prompt.growth).toBeGreaterThan(2_000);
  });

  it('are limited under the name that they have, whatever chats of the provider call it', () => {
    const ofChats = {
      ...UNKNOWN_QUIRKS,
      outputLimit: 'max_completion_tokens',
      outputLimitSynonyms: OUTPUT_LIMIT_NAMES.filter((name) => name !== 'max_completion_tokens'),
    };
    const limitOf = (body: object) =>
      outputLimitFor(
        parsed('openai-completions', { model: 'm', prompt: 'a', ...body }).demand.output!,
        ofChats,
      );
    for (const name of ['max_tokens', 'max_completion_tokens']) {
      const limit = limitOf({ [name]: 5 });
      expect(limit).toMatchObject({ name: 'max_tokens', tokens: 5 });
      expect(limit.removed).toContain('max_completion_tokens');
      expect(limit.removed).not.toContain('max_tokens');
    }
  });

  it('count what follows the gap, and any other text', () => {
    const suffix = 'x'.repeat(500);
    const { demand } = parsed('openai-completions', { model: 'm', prompt: 'a', suffix });
    expect(demand.prompt.bytes).toBeGreaterThan(500);
  });
});

describe('messages', () => {
  const user = (content: unknown): object => ({ role: 'user', content });
  const ask = (members: object): Ask =>
    parsed('anthropic-messages', { model: 'm', max_tokens: 9, messages: [user('a')], ...members });

  it('count every text: of messages, tools and system, however deep', () => {
    const long = 'x'.repeat(300);
    const result = { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: long }] };
    const { demand } = ask({
      system: [{ type: 'text', text: long }],
      messages: [user([{ type: 'text', text: long }, result])],
      tools: [{ name: 'f', description: long, input_schema: {} }],
    });
    expect(demand.prompt.bytes).toBeGreaterThan(1_200);
    expect(demand.prompt).toMatchObject({ opaque: false, usesTools: true, messages: 1 });
    expect(demand.output).toMatchObject({ choices: 1, limits: new Map([['max_tokens', 9]]) });
  });

  it.each([
    ['a document', { type: 'document', source: { type: 'url', url: 'https://x' } }],
    ['what nobody knows yet', { type: 'hologram' }],
    ['a file in what a tool answered', { type: 'tool_result', content: [{ type: 'document' }] }],
    [
      'one deeper down',
      { type: 'tool_result', content: [{ type: 'text', content: [{ type: 'document' }] }] },
    ],
    ['a block in the place of a list of them', { type: 'tool_result', content: { type: 'document' } }],
    ['a block without a type', { text: 'a' }],
    ['a list in the place of a block', [{ type: 'text', text: 'a' }]],
  ])('are bounded by the context window with %s', (_what, part) => {
    expect(ask({ messages: [user([part])] }).demand.prompt.opaque).toBe(true);
    expect(ask({ system: [part] }).demand.prompt.opaque).toBe(true);
  });

  it('are text where a type says what else it is: how to cache, what a tool is given, what it takes', () => {
    const cache_control = { type: 'ephemeral' };
    const input = { type: 'image', content: [{ type: 'image' }], nested: { type: 'document' } };
    const text = { type: 'text', text: 'a', cache_control };
    const { demand } = ask({
      system: [text],
      metadata: { type: 'image' },
      tools: [{ name: 'f', input_schema: { type: 'object', properties: { type: { type: 'string' } } } }],
      messages: [
        user([text, { type: 'tool_result', tool_use_id: 't', content: [text], cache_control }]),
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input, cache_control }] },
      ],
    });
    expect(demand.prompt.opaque).toBe(false);
  });

  /** What stands in a tool's answer or beside it, at any depth, with the blocks that are not text among it. */
  const blocks = fc.letrec<{ block: Block; list: Block[] }>((tie) => ({
    list: fc.array(tie('block'), { maxLength: 3 }),
    block: fc.oneof(
      { depthSize: 'small' },
      fc.record({ type: fc.constantFrom('text', 'image', 'document', 'thinking'), text }),
      fc.record({ type: fc.constant('tool_use'), name: text, input: fc.jsonValue({ maxDepth: 3 }) }),
      fc.record({ content: tie('list'), type: fc.constant('tool_result') }),
    ),
  })).list;
  const some = (list: readonly Block[], type: string): boolean =>
    list.some((block) => block.type === type || some(block.content ?? [], type));
  const countOf = (list: readonly Block[], type: string): number =>
    sumOf(list.map((block) => (block.type === type ? 1 : 0) + countOf(block.content ?? [], type)));
  const textIn = (value: unknown): number =>
    typeof value === 'object' && value !== null ? sumOf(Object.values(value).map(textIn)) : bytesOf(value);

  it('are opaque where a file is, and have an image where one is, at whatever depth; every text is counted', () => {
    fc.assert(
      fc.property(blocks, blocks, (content, system) => {
        const { prompt } = ask({ messages: [user(content)], system }).demand;
        // A picture in the system prompt is what nobody takes.
        expect(prompt.opaque).toBe(some([...content, ...system], 'document') || some(system, 'image'));
        expect(prompt.images).toHaveLength(countOf(content, 'image'));
        expect(prompt.bytes).toBeGreaterThanOrEqual(textIn([content, system]));
      }),
    );
  });

  it.each([
    ['mcp_servers', { mcp_servers: [{}] }],
    ['container', { container: 'c' }],
    ['speed', { speed: 'fast' }],
    ['inference_geo', { inference_geo: 'us' }],
    ['compaction', { compaction: { type: 'summarize' } }],
    ['context_management', { context_management: { edits: [{ type: 'compact_20260112' }] } }],
    [
      'context_management',
      { context_management: { edits: [{ type: 'clear_thinking_20251015' }, { type: 'summarize' }] } },
    ],
    ['context_management', { context_management: { edits: 'clear_thinking_20251015' } }],
    ['context_management', { context_management: [{ type: 'clear_thinking_20251015' }] }],
    ['tools', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools', { tools: [{ name: 'f', input_schema: {} }, { type: 'code_execution_20250825' }] }],
  ])('are refused with what the budgets cannot bound: %s', (param, members) => {
    const body = { model: 'm', max_tokens: 9, messages: [user('a')], ...members };
    expect(refusalOf('anthropic-messages', body)).toMatchObject({
      code: 'unsupported_parameter',
      details: { param },
    });
  });

  it.each([
    [undefined],
    [[]],
    [[{ type: 'clear_tool_uses_20250919', keep: { type: 'tool_uses', value: 3 } }]],
    [[{ type: 'clear_thinking_20251015' }, { type: 'clear_tool_uses_20250919' }]],
  ])('take edits for which nothing is generated: %j', (edits) =>
    expect(() => ask({ context_management: { edits } })).not.toThrow(),
  );

  it.each([[{ type: 'custom', name: 'f' }], [{ name: 'f' }], [{ type: 'bash_20250124', name: 'bash' }]])(
    'take tools that run at the client: %j',
    (tool) => expect(ask({ tools: [tool] }).demand.prompt.usesTools).toBe(true),
  );

  it('see wherever a time is named for which something is to be kept, also in disguise', () => {
    expect(ask({}).demand.prompt.keepsHour).toBe(false);
    const kept = { type: 'ephemeral', ttl: '1h' };
    expect(ask({ system: [{ type: 'text', text: 'a', cache_control: kept }] }).demand.prompt.keepsHour).toBe(
      true,
    );
    const body =
      '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"a",' +
      '"cache_control":{"type":"ephemeral","t\\u0074l":"1h"}}]}]}';
    expect(SURFACES['anthropic-messages'].parse(Buffer.from(body)).demand.prompt.keepsHour).toBe(true);
  });

  it.each<[unknown, boolean]>([
    [{ ttl: '5m' }, false],
    [{ ttl: null }, false],
    // Of a tool's input, what the property is of.
    [{ ttl: { type: 'integer' }, description: '1h' }, false],
    [{ ttl: 3600 }, true],
    [{ ttl: '24h' }, true],
  ])('see whether the time is longer than the usual one: %j, %s', (kept, longer) => {
    const system = [{ type: 'text', text: 'a', cache_control: kept }];
    expect(ask({ system }).demand.prompt.keepsHour).toBe(longer);
  });

  it.each([
    ['n', { n: 2 }],
    ['n_predict', { n_predict: -1 }],
  ])('take no more than one answer, and no limit that is none: %s', (param, members) => {
    const body = { model: 'm', max_tokens: 9, messages: [user('a')], ...members };
    expect(refusalOf('anthropic-messages', body)).toMatchObject({ details: { param } });
  });

  it('say whether the answer has to be of a schema', () => {
    const format = { type: 'json_schema', schema: {} };
    expect(ask({ output_config: { format } }).demand.output?.ofSchema).toBe(true);
    expect(ask({ output_config: { effort: 'low' } }).demand.output?.ofSchema).toBe(false);
  });

  it('are limited by whatever name a server may read', () => {
    const { demand } = ask({ n_predict: 4_000, best_of: 3 });
    expect(demand.output?.limits.get('n_predict')).toBe(4_000);
    expect([...demand.output!.multipliers]).toEqual(['best_of']);
  });

  it('are counted for nothing: a request, and neither money nor tokens', () => {
    const { demand } = parsed('anthropic-count-tokens', { model: 'm', messages: [user('a'.repeat(999))] });
    const plan = planFor(demand, { name: 'm', known: true }, undefined, {
      outputDefault: 4_096,
      outputFloor: 16,
    });
    expect(plan).toMatchObject({ inputTokens: 0, perChoiceMax: 0, rates: { input: 0n, output: 0n } });
  });
});

describe('every surface', () => {
  const names = Object.keys(SURFACES) as SurfaceName[];
  const codes = Object.keys(REFUSALS) as RefusalCode[];

  it.each(names)('%s names every refusal by its code, and breaks a stream with the same words', (name) => {
    for (const code of codes) {
      const refusal = new Refusal(code, 'Because.', { param: 'p' });
      const said = JSON.parse(SURFACES[name].refusal(refusal)) as { error: object };
      expect(said.error).toMatchObject({ code, message: 'Because.', param: 'p' });
      const event = SURFACES[name].brokenStream(refusal);
      expect(event.endsWith('\n\n')).toBe(true);
      expect(JSON.parse(event.slice(event.indexOf('data: ') + 6))).toEqual(said);
    }
  });

  it.each<[SurfaceName, readonly string[]]>([
    [
      'openai-chat',
      [
        ...['max_tokens', 'max_completion_tokens', 'n', 'stream', 'stream_options', 'service_tier'],
        ...['tools', 'prediction', 'best_of', 'response_format', 'audio', 'functions', ...UNBOUNDED_NAMES],
      ],
    ],
    [
      'openai-completions',
      ['max_tokens', 'n', 'best_of', 'stream', 'stream_options', 'suffix', 'echo', ...UNBOUNDED_NAMES],
    ],
    ['openai-embeddings', ['dimensions', 'encoding_format', 'user', ...UNBOUNDED_NAMES]],
    [
      'anthropic-messages',
      [
        ...['system', 'tools', 'thinking', 'stream', 'mcp_servers', 'container', 'service_tier'],
        ...['compaction', 'context_management', ...UNBOUNDED_NAMES],
      ],
    ],
  ])('%s takes null for absent, for every field', (name, fields) => {
    const own =
      name === 'openai-completions' ? { prompt: 'a' } : { messages: [{ role: 'user', content: 'a' }] };
    const least = { model: 'm', max_tokens: 5, ...(name === 'openai-embeddings' ? { input: 'a' } : own) };
    const { demand, stream, usageAsked } = parsed(name, least);
    for (const field of fields) {
      if (field in least) continue;
      // No more than its own four bytes may count as text.
      const asked = parsed(name, { ...least, [field]: null });
      expect(asked).toMatchObject({ stream, usageAsked });
      expect({ ...asked.demand, prompt: { ...asked.demand.prompt, bytes: 0 } }).toEqual({
        ...demand,
        prompt: { ...demand.prompt, bytes: 0 },
      });
      expect(asked.demand.prompt.bytes - demand.prompt.bytes).toBeLessThanOrEqual(4);
    }
  });

  /** The least that each surface takes that is billed. */
  const least = {
    'openai-chat': { model: 'm', messages: [{ role: 'user', content: 'a' }] },
    'openai-completions': { model: 'm', prompt: 'a' },
    'openai-embeddings': { model: 'm', input: 'a' },
    'anthropic-messages': { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'a' }] },
  };
  const billed = Object.keys(least) as (keyof typeof least)[];

  it.each(billed)('%s refuses what has another model answer, or is billed beside it', (name) => {
    const asked: readonly [string, object][] = [
      ['models', { models: ['acme/large'] }],
      ['route', { route: 'fallback' }],
      ['preset', { preset: 'dear' }],
      ['fallbacks', { fallbacks: [{ model: 'large' }] }],
      ['fallbacks', { fallbacks: 'default' }],
      ['plugins', { plugins: [{ id: 'web' }] }],
      ['web_search_options', { web_search_options: {} }],
      ['search_parameters', { search_parameters: { mode: 'auto' } }],
      ['enable_search', { enable_search: true }],
      ['data_sources', { data_sources: [{ type: 'azure_search' }] }],
      ['deferred', { deferred: true }],
      ['provider', { provider: 'dear' }],
      ['provider.order', { provider: { allow_fallbacks: false, order: ['dear'] } }],
      ['provider.only', { provider: { only: ['dear'] } }],
      ['provider.sort', { provider: { sort: 'throughput' } }],
      ['provider.zdr', { provider: { zdr: true } }],
    ];
    for (const [param, members] of asked)
      expect(refusalOf(name, { ...least[name], ...members })).toMatchObject({
        code: 'unsupported_parameter',
        details: { param },
      });
    expect(new Set(asked.map(([param]) => param.split('.')[0]))).toEqual(new Set(UNBOUNDED_NAMES));
    expect(refusalOf(name, { ...least[name], Models: ['acme/large'] })).toMatchObject({
      code: 'invalid_request',
    });
  });

  it.each(billed)('%s takes members that ask for nothing of it', (name) => {
    const nothing = Object.fromEntries(UNBOUNDED_NAMES.map((member) => [member, false]));
    const cheap = { sort: 'price', max_price: { prompt: 1 }, allow_fallbacks: false, zdr: false, only: null };
    for (const members of [nothing, { models: [], plugins: [] }, { provider: {} }, { provider: cheap }])
      expect(() => parsed(name, { ...least[name], ...members })).not.toThrow();
    const spaced = JSON.stringify(least[name]).replace(/}$/, ',"models":[ \n\t ]}');
    expect(() => SURFACES[name].parse(Buffer.from(spaced))).not.toThrow();
  });

  it.each(['stream_options', 'service_tier', 'model'])(
    'builds nothing of 30 MB that stands at %s',
    (field) => {
      const large = `[${'{"a":1},'.repeat(3_750_000)}0]`;
      const body = Buffer.from(
        `{"stream":true,"messages":[{"role":"user","content":"a"}],"${field}":${large}}`,
      );
      expect(() => SURFACES['openai-chat'].parse(body)).toThrow(`'${field}' is too large.`);
    },
  );

  it.each(names)('%s builds nothing large, and takes no more keys than a person writes', (name) => {
    const large = { model: 'm', stream: 'x'.repeat(70_000), messages: [{ role: 'u' }], input: 'a' };
    const keys = Object.fromEntries(Array.from({ length: 1_100 }, (_, index) => [`k${index}`, 1]));
    if (name !== 'openai-embeddings' && name !== 'anthropic-count-tokens')
      expect(refusalOf(name, large)).toMatchObject({ message: "'stream' is too large." });
    expect(refusalOf(name, keys)).toMatchObject({ code: 'invalid_request' });
  });
});
