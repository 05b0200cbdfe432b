import { EventStreamCodec } from '@smithy/core/event-streams';
import * as fc from 'fast-check';
import type { Json } from '../../json-values';
import { BedrockEar } from '../../dialects/bedrock/ear';
import { toChatCompletion } from '../openai-chat-to-bedrock/answer';
import { ChatFromConverseStream } from '../openai-chat-to-bedrock/answer';
import { toMessage, toMessageError } from './answer';
import { ConverseFraming } from './framing';
import { MessageFromConverseStream } from './stream';

const HEAD = { id: 'msg_1', model: 'nova' };
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);
const frame = (type: string, payload: Json, kind: 'event' | 'exception' = 'event'): Buffer =>
  Buffer.from(
    codec.encode({
      headers: {
        [`:${kind}-type`]: { type: 'string', value: type },
        ':content-type': { type: 'string', value: 'application/json' },
        ':message-type': { type: 'string', value: kind },
      },
      body: Buffer.from(JSON.stringify({ ...payload, p: 'abcd' })),
    }),
  );
const said = (contentBlockIndex: number, delta: Json): Buffer =>
  frame('contentBlockDelta', { contentBlockIndex, delta });
const stopped = (contentBlockIndex: number): Buffer => frame('contentBlockStop', { contentBlockIndex });
const started = frame('messageStart', { role: 'assistant' });
const ended = (stopReason: string, usage: Json | null = { inputTokens: 3, outputTokens: 9 }): Buffer[] => [
  frame('messageStop', { stopReason }),
  frame('metadata', { metrics: { latencyMs: 1 }, ...(usage && { usage }) }),
];
/** The frames with which Bedrock would say a block. */
const framesOf = (block: Json, index: number, cuts: number): Buffer[] => {
  const pieces = (text: unknown): string[] => String(text).match(new RegExp(`[^]{1,${cuts}}`, 'g')) ?? [];
  if ('text' in block) return [...pieces(block['text']).map((text) => said(index, { text })), stopped(index)];
  if ('toolUse' in block) {
    const { input, ...start } = block['toolUse'] as Json;
    return [
      frame('contentBlockStart', { contentBlockIndex: index, start: { toolUse: start } }),
      ...pieces(JSON.stringify(input)).map((json) => said(index, { toolUse: { input: json } })),
      stopped(index),
    ];
  }
  const reasoning = block['reasoningContent'] as Json;
  if ('redactedContent' in reasoning) return [said(index, { reasoningContent: reasoning }), stopped(index)];
  const { text, signature } = reasoning['reasoningText'] as Json;
  return [
    ...pieces(text).map((piece) => said(index, { reasoningContent: { text: piece } })),
    said(index, { reasoningContent: { signature } }),
    stopped(index),
  ];
};

const through = (
  frames: readonly Buffer[],
  stream: { event(event: Json): string; end(): string } = new MessageFromConverseStream({
    ...HEAD,
    inputEstimate: 5,
  }),
): string => {
  const framing = new ConverseFraming();
  const pieces = [...framing.feed(Buffer.concat(frames)), ...framing.end()];
  return pieces.map(({ event }) => (event ? stream.event(event) : '')).join('') + stream.end();
};
const eventsIn = (text: string): Json[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as Json);

/** What an SDK makes of the events. */
const assembled = (events: readonly Json[]): Json[] => {
  const blocks: Record<string, string>[] = [];
  for (const event of events) {
    const block = blocks[event['index'] as number];
    const { type: _, ...delta } = (event['delta'] ?? {}) as Record<string, string>;
    if (event['type'] === 'content_block_start')
      blocks.push({ ...(event['content_block'] as object), json: '' });
    if (event['type'] !== 'content_block_delta' || !block) continue;
    for (const [name, text] of Object.entries(delta)) {
      const member = name === 'partial_json' ? 'json' : name;
      block[member] = (block[member] ?? '') + text;
    }
  }
  return blocks.map(({ json, ...block }) =>
    block['type'] === 'tool_use' ? { ...block, input: JSON.parse(json || '{}') as Json } : block,
  );
};

const text = fc.string({ unit: 'grapheme', minLength: 1 });
const block = fc.oneof(
  fc.record({ text }),
  fc.record({
    reasoningContent: fc.record({
      reasoningText: fc.record({ text, signature: fc.base64String({ minLength: 4 }) }),
    }),
  }),
  fc.record({ reasoningContent: fc.record({ redactedContent: text }) }),
  fc.record({
    toolUse: fc.record({
      toolUseId: fc.stringMatching(/^tooluse_[a-z0-9]{1,9}$/),
      name: fc.constantFrom('f', 'g'),
      input: fc
        .dictionary(fc.string(), fc.jsonValue())
        .map((value) => JSON.parse(JSON.stringify(value)) as Json),
    }),
  }),
);

describe('an answer of Converse in Anthropic’s language', () => {
  it('says the same plain, and streamed in any pieces, thought with its signatures included', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (content, cuts) => {
        const frames = content.flatMap((one, at) => framesOf(one, at, cuts));
        const events = eventsIn(through([started, ...frames, ...ended('end_turn')]));
        const plain = toMessage({ output: { message: { content } }, stopReason: 'end_turn' }, HEAD);
        expect(assembled(events)).toEqual(plain?.['content']);
        const opened = events.filter(({ type }) => type === 'content_block_start').length;
        expect([opened, events.filter(({ type }) => type === 'content_block_stop').length]).toEqual([
          content.length,
          content.length,
        ]);
      }),
    );
  });

  it('waits for the usage that comes behind the end, cached input apart', () => {
    const usage = { inputTokens: 3, outputTokens: 9, cacheReadInputTokens: 20, cacheWriteInputTokens: 4 };
    const events = eventsIn(
      through([started, said(0, { text: 'a' }), stopped(0), ...ended('max_tokens', usage)]),
    );
    expect(events[0]).toMatchObject({ message: { id: 'msg_1', usage: { input_tokens: 5 } } });
    expect(events.at(-2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'max_tokens' },
      usage: {
        input_tokens: 3,
        output_tokens: 9,
        cache_read_input_tokens: 20,
        cache_creation_input_tokens: 4,
      },
    });
    expect(events.at(-1)).toEqual({ type: 'message_stop' });
  });

  it('ends also where the usage never comes, and does not where the message never ends', () => {
    expect(eventsIn(through([started, frame('messageStop', { stopReason: 'end_turn' })])).at(-1)).toEqual({
      type: 'message_stop',
    });
    expect(through([started, said(0, { text: 'a' })])).not.toContain('message_stop');
  });

  it.each([
    ['end_turn', 'end_turn'],
    ['stop_sequence', 'stop_sequence'],
    ['max_tokens', 'max_tokens'],
    ['tool_use', 'tool_use'],
    ['content_filtered', 'refusal'],
    ['guardrail_intervened', 'refusal'],
    ['of_the_future', 'end_turn'],
  ])('stops for %s: %s', (reason, expected) => {
    expect(eventsIn(through([started, ...ended(reason)])).at(-2)).toMatchObject({
      delta: { stop_reason: expected },
    });
  });

  it('finds the message of an error in either spelling', () => {
    expect(toMessageError({ Message: 'Denied.' })).toMatchObject({ error: { message: 'Denied.' } });
  });
});

describe('an answer of Converse in OpenAI’s language', () => {
  const chat = (): ChatFromConverseStream => new ChatFromConverseStream(HEAD, 5, true);

  it('says text, calls and usage, plain and streamed', () => {
    const content = [{ text: 'a' }, { toolUse: { toolUseId: 'tooluse_1', name: 'f', input: {} } }];
    const usage = { inputTokens: 3, outputTokens: 9, cacheReadInputTokens: 20 };
    const plain = toChatCompletion(
      { output: { message: { content } }, stopReason: 'tool_use', usage },
      HEAD,
      5,
    );
    const call = { id: 'tooluse_1', type: 'function', function: { name: 'f', arguments: '{}' } };
    expect(plain).toMatchObject({
      id: 'msg_1',
      choices: [{ message: { content: 'a', tool_calls: [call] }, finish_reason: 'tool_calls' }],
      usage: { prompt_tokens: 23, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 20 } },
    });
    const frames = content.flatMap((one, at) => framesOf(one, at, 3));
    const streamed = through([started, ...frames, ...ended('tool_use', usage)], chat());
    expect(streamed).toContain('"tool_calls":[{"index":0,"id":"tooluse_1"');
    expect(streamed).toContain('"finish_reason":"tool_calls"');
    expect(streamed).toContain('"prompt_tokens":23,"completion_tokens":9');
    expect(streamed.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('tells no usage where the provider told none', () => {
    const streamed = through(
      [started, said(0, { text: 'a' }), stopped(0), ...ended('end_turn', null)],
      chat(),
    );
    expect(streamed).not.toContain('prompt_tokens');
    expect(streamed.endsWith('data: [DONE]\n\n')).toBe(true);
  });
});

describe('the ear of Bedrock', () => {
  const heard = (frames: readonly Buffer[]): BedrockEar => {
    const ear = new BedrockEar();
    for (const piece of new ConverseFraming().feed(Buffer.concat(frames))) ear.hear(piece.heard);
    return ear;
  };

  it('hears text of every kind, but no padding, then usage, which is the end', () => {
    const calls = said(1, { toolUse: { input: '{"city":"x"}' } });
    const thought = said(0, { reasoningContent: { text: 'think' } });
    const ear = heard([started, thought, calls, frame('messageStop', { stopReason: 'end_turn' })]);
    expect(ear.textBytes).toBeGreaterThanOrEqual(5 + 12);
    expect([ear.ended, ear.usage]).toEqual([false, undefined]);
    const usage = {
      ...{ inputTokens: 3, outputTokens: 9, cacheReadInputTokens: 20, cacheWriteInputTokens: 4 },
      cacheDetails: [
        { ttl: '5m', inputTokens: 1 },
        { ttl: '1h', inputTokens: 3 },
      ],
    };
    const whole = heard([started, ...ended('end_turn', usage)]);
    expect(whole).toMatchObject({
      ended: true,
      failed: false,
      usage: {
        inputTokens: 27,
        outputTokens: 9,
        cachedInputTokens: 20,
        cacheWriteTokens: 4,
        cacheWriteHourTokens: 3,
      },
    });
  });

  it('hears a failure', () => {
    expect(heard([started, frame('internalServerException', { message: 'x' }, 'exception')]).failed).toBe(
      true,
    );
  });
});
