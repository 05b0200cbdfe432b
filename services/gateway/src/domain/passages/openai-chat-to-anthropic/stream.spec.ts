import * as fc from 'fast-check';
import type { Json } from '../../json-values';
import { toChatCompletion } from './answer';
import { assistantBlocks } from './content';
import { Omissions } from '../translation';
import { ChatFromMessageStream } from './stream';

interface Chunk {
  choices: { delta: Json; finish_reason: string | null }[];
  usage?: Json | null;
}
interface Call {
  index: number;
  id?: string;
  function: { name?: string; arguments: string };
}

const start = (usage: Json = { input_tokens: 7, output_tokens: 1 }): Json => ({
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude', content: [], usage },
});
const delta = (index: number, type: string, text: Json): Json => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...text },
});
const stopped = (reason: string, usage: Json = { output_tokens: 9 }): Json[] => [
  { type: 'message_delta', delta: { stop_reason: reason }, usage },
  { type: 'message_stop' },
];
/** The events with which Anthropic would say a block. */
const eventsOf = (block: Json, index: number, cuts: number): Json[] => {
  const opened = { type: 'content_block_start', index };
  const closed = { type: 'content_block_stop', index };
  const pieces = (text: string): string[] => text.match(new RegExp(`[^]{1,${cuts}}`, 'g')) ?? [];
  switch (block['type']) {
    case 'text': {
      const said = pieces(String(block['text'])).map((text) => delta(index, 'text_delta', { text }));
      return [{ ...opened, content_block: { type: 'text', text: '' } }, ...said, closed];
    }
    case 'thinking': {
      const said = pieces(String(block['thinking'])).map((text) =>
        delta(index, 'thinking_delta', { thinking: text }),
      );
      const signed = delta(index, 'signature_delta', { signature: block['signature'] });
      return [
        { ...opened, content_block: { type: 'thinking', thinking: '', signature: '' } },
        ...said,
        signed,
        closed,
      ];
    }
    case 'tool_use': {
      const json = JSON.stringify(block['input']);
      const said = json === '{}' ? [''] : pieces(json);
      const fragments = said.map((text) => delta(index, 'input_json_delta', { partial_json: text }));
      return [{ ...opened, content_block: { ...block, input: {} } }, ...fragments, closed];
    }
    default:
      return [{ ...opened, content_block: block }, closed];
  }
};
const through = (events: readonly Json[], includeUsage = true): string => {
  const stream = new ChatFromMessageStream(5, includeUsage);
  return events.map((event) => stream.event(event)).join('') + stream.end();
};
const chunksIn = (text: string): Chunk[] =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)) as Chunk);

/** What an SDK makes of the chunks. */
const assembled = (chunks: readonly Chunk[]): Json => {
  let content = '';
  const details: Json[] = [];
  const calls: Call[] = [];
  for (const { choices } of chunks) {
    const said = choices[0]?.delta ?? {};
    content += (said['content'] as string | undefined) ?? '';
    details.push(...((said['reasoning_details'] as Json[] | undefined) ?? []));
    for (const call of (said['tool_calls'] as Call[] | undefined) ?? []) {
      const known = calls[call.index];
      if (known) known.function.arguments += call.function.arguments;
      else calls[call.index] = structuredClone(call);
    }
  }
  return {
    role: 'assistant',
    content,
    ...(details.length > 0 && { reasoning_details: details }),
    ...(calls.length > 0 && { tool_calls: calls.map(({ index: _, ...call }) => call) }),
  };
};

const text = fc.string({ unit: 'grapheme', minLength: 1 });
const block = fc.oneof(
  fc.record({ type: fc.constant('thinking'), thinking: text, signature: fc.base64String({ minLength: 4 }) }),
  fc.record({ type: fc.constant('redacted_thinking'), data: text }),
  fc.record({ type: fc.constant('text'), text }),
  fc.record({
    type: fc.constant('tool_use'),
    id: fc.stringMatching(/^toolu_[a-zA-Z0-9]{1,20}$/),
    name: fc.constantFrom('f', 'g'),
    input: fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((value) => JSON.parse(JSON.stringify(value)) as Json),
  }),
);
/** Thought first, calls last, as models speak. */
const turns = fc
  .array(block, { minLength: 1, maxLength: 6 })
  .map((list) => [
    ...list.filter(({ type }) => type.endsWith('thinking')),
    ...list.filter(({ type }) => type === 'text'),
    ...list.filter(({ type }) => type === 'tool_use'),
  ]);

/** Neighbouring texts are one text to OpenAI. */
const joined = (blocks: readonly Json[]): Json[] => {
  const said = blocks.filter(({ type }) => type === 'text').map((one) => String(one['text']));
  const kept = blocks.filter(({ type }) => type !== 'text');
  const at = kept.findIndex(({ type }) => type === 'tool_use');
  const place = at < 0 ? kept.length : at;
  const whole = said.length > 0 ? [{ type: 'text', text: said.join('') }] : [];
  return [...kept.slice(0, place), ...whole, ...kept.slice(place)];
};

describe('an answer of Anthropic’s in OpenAI’s language', () => {
  it('comes back as it was, thought with its signatures included: plain, and streamed in any pieces', () => {
    fc.assert(
      fc.property(turns, fc.integer({ min: 1, max: 9 }), (blocks, cuts) => {
        const plain = toChatCompletion({ type: 'message', id: 'msg_1', model: 'claude', content: blocks }, 5);
        const { message } = (plain?.['choices'] as { message: Json }[])[0]!;
        const events = [
          start(),
          ...blocks.flatMap((one, at) => eventsOf(one, at, cuts)),
          ...stopped('end_turn'),
        ];
        const streamed = assembled(chunksIn(through(events)));
        for (const answer of [message, streamed]) {
          expect(assistantBlocks(answer, 'm', new Omissions(false))).toEqual(joined(blocks));
        }
      }),
    );
  });

  it('numbers calls by themselves, so that the second is not taken for the third block', () => {
    const blocks = [
      { type: 'text', text: 'a' },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: { x: 1 } },
      { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} },
    ];
    const chunks = chunksIn(through([start(), ...blocks.flatMap((one, at) => eventsOf(one, at, 3))]));
    const indices = chunks.flatMap(({ choices }) =>
      ((choices[0]?.delta['tool_calls'] as Call[] | undefined) ?? []).map(({ index }) => index),
    );
    expect([...new Set(indices)]).toEqual([0, 1]);
  });

  it('says of a call without arguments that there are none, as JSON', () => {
    const events = eventsOf({ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }, 0, 3);
    expect(assembled(chunksIn(through([start(), ...events])))).toMatchObject({
      tool_calls: [{ function: { arguments: '{}' } }],
    });
  });

  it('takes arguments that a server says at once, and says them once', () => {
    const content_block = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { x: 1 } };
    const events = [
      { type: 'content_block_start', index: 0, content_block },
      { type: 'content_block_stop', index: 0 },
    ];
    expect(assembled(chunksIn(through([start(), ...events])))).toMatchObject({
      tool_calls: [{ function: { arguments: '{"x":1}' } }],
    });
  });

  it('adds cached and written input to the prompt, and takes the last output for all of it', () => {
    const usage = {
      input_tokens: 7,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 3,
      output_tokens: 1,
    };
    const events = [start(usage), ...stopped('end_turn', { output_tokens: 9, input_tokens: null })];
    const chunks = chunksIn(through(events));
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 30,
        completion_tokens: 9,
        total_tokens: 39,
        prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 3 },
      },
    });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(through(events, false)).not.toContain('usage');
  });

  it('bears a start that is said twice', () => {
    const chunks = chunksIn(through([start(), start(), ...stopped('end_turn')]));
    expect(chunks.filter(({ choices }) => choices[0]?.delta['role'] === 'assistant')).toHaveLength(1);
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['of_the_future', 'stop'],
  ])('stops for %s: %s', (reason, expected) => {
    const chunks = chunksIn(through([start(), ...stopped(reason)], false));
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe(expected);
    expect(through([start(), ...stopped(reason)]).endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('ends where the provider has said why it stopped, though not that it has, and only once', () => {
    const [why] = stopped('end_turn');
    expect(through([start(), why!])).toBe(through([start(), ...stopped('end_turn')]));
    expect(through([start()])).not.toContain('[DONE]');
  });

  it('keeps the connection alive, and keeps silent of what it does not know', () => {
    expect(through([{ type: 'ping' }])).toBe(': ping\n\n');
    expect(through([{ type: 'of_the_future' }, { type: 'content_block_start', index: 0 }])).toBe('');
  });
});
