import { EventStreamCodec } from '@smithy/core/event-streams';
import * as fc from 'fast-check';
import { type Json, jsonObjectIn } from '../json-values';
import type { DialectName } from '../dialects/dialect';
import { DIALECTS, PASSAGES } from '../passages';
import { UNKNOWN_QUIRKS } from '../quirks';
import { SURFACES } from '../surfaces';
import { SURFACE_NAMES, type SurfaceName } from '../surfaces/surface';
import type { AnswerReader } from './passage';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const sse = (event: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
/** Named by its first member, which says all of it. */
const frame = (event: unknown): Buffer => {
  const [type = 'metadata', body] = Object.entries(jsonObjectIn(bytesOf(event)) ?? {})[0] ?? [];
  return Buffer.from(
    codec.encode({
      headers: { ':event-type': { type: 'string', value: type } },
      body: bytesOf(body ?? event),
    }),
  );
};

/** What a provider says: whole, or in events. */
interface Said {
  readonly whole: readonly Json[];
  readonly events: readonly Json[];
  readonly framed: (event: unknown) => Buffer;
}

const openaiCall = { id: 't', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
const openaiUsage = {
  ...{ prompt_tokens: 9, completion_tokens: 5, total_tokens: 14, service_tier: 'default' },
  prompt_tokens_details: { cached_tokens: 1, cached_tokens_details: { audio_tokens: 1 } },
  completion_tokens_details: { reasoning_tokens: 1 },
};
const openaiSaid = { role: 'assistant', content: 'a', refusal: 'r', reasoning_content: 't' };
const openai: Said = {
  whole: [
    {
      ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm', usage: openaiUsage },
      choices: [
        { index: 0, message: { ...openaiSaid, tool_calls: [openaiCall] }, finish_reason: 'tool_calls' },
        { index: 1, message: { ...openaiSaid, content: [{ type: 'text', text: 'a' }] } },
      ],
    },
    { id: 'c', object: 'text_completion', choices: [{ index: 0, text: 'a', finish_reason: 'length' }] },
    { error: { message: 'm', type: 't', code: 'c', status: 500 }, code: 400 },
  ],
  events: [
    {
      ...{ id: 'c', object: 'chat.completion.chunk', model: 'm' },
      choices: [{ index: 0, delta: { ...openaiSaid, tool_calls: [{ index: 0, ...openaiCall }] } }],
    },
    { id: 'c', choices: [{ index: 0, text: 'a' }] },
    { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: openaiUsage },
  ],
  framed: sse,
};

const anthropicUsage = {
  ...{ input_tokens: 9, output_tokens: 5, cache_read_input_tokens: 1, service_tier: 'standard' },
  ...{ cache_creation: { ephemeral_1h_input_tokens: 1 }, server_tool_use: { web_search_requests: 1 } },
};
const anthropicHead = { id: 'm', type: 'message', role: 'assistant', model: 'm', usage: anthropicUsage };
const blocks = [
  { type: 'thinking', thinking: 't', signature: 's' },
  { type: 'redacted_thinking', data: 'd' },
  { type: 'text', text: 'a' },
  { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
];
const deltas = [
  { type: 'thinking_delta', thinking: 't' },
  { type: 'signature_delta', signature: 's' },
  { type: 'text_delta', text: 'a' },
  { type: 'input_json_delta', partial_json: '{"a":1}' },
  { type: 'citations_delta', citation: { cited_text: 'a' } },
];
const anthropic: Said = {
  whole: [
    { ...anthropicHead, content: blocks, stop_reason: 'end_turn', stop_sequence: null },
    { type: 'error', error: { type: 'overloaded_error', message: 'm' } },
  ],
  events: [
    { type: 'message_start', message: { ...anthropicHead, content: [] } },
    ...blocks.map((content_block, index) => ({ type: 'content_block_start', index, content_block })),
    ...deltas.map((delta, at) => ({ type: 'content_block_delta', index: at % blocks.length, delta })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: anthropicUsage },
    { type: 'message_stop' },
  ],
  framed: sse,
};

const bedrockUsage = {
  ...{ inputTokens: 9, outputTokens: 5, cacheWriteInputTokens: 1 },
  cacheDetails: [{ ttl: '1h', inputTokens: 1 }],
};
const bedrock: Said = {
  whole: [
    {
      output: {
        message: {
          role: 'assistant',
          content: [
            { text: 'a' },
            { toolUse: { toolUseId: 't', name: 'f', input: {} } },
            { reasoningContent: { reasoningText: { text: 't', signature: 's' } } },
            { reasoningContent: { redactedContent: 'd' } },
          ],
        },
      },
      ...{ stopReason: 'end_turn', usage: bedrockUsage, serviceTier: { type: 'default' } },
    },
    { message: 'm' },
  ],
  events: [
    { messageStart: { role: 'assistant' } },
    { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't', name: 'f' } } } },
    ...[
      { text: 'a' },
      { toolUse: { input: '{}' } },
      { reasoningContent: { text: 't' } },
      { reasoningContent: { signature: 's' } },
      { reasoningContent: { redactedContent: 'd' } },
    ].map((delta, contentBlockIndex) => ({ contentBlockDelta: { contentBlockIndex, delta } })),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: 'end_turn' } },
    { metadata: { usage: bedrockUsage } },
    { throttlingException: { message: 'm' } },
  ],
  framed: frame,
};
const SAID: Readonly<Record<DialectName, Said>> = { openai, 'azure-openai': openai, anthropic, bedrock };

const ASKED: Readonly<Record<SurfaceName, object>> = {
  'openai-chat': { model: 'm', messages: [{ role: 'user', content: 'a' }] },
  'openai-completions': { model: 'm', prompt: 'a' },
  'openai-embeddings': { model: 'm', input: 'a' },
  'anthropic-messages': { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'a' }] },
  'anthropic-count-tokens': { model: 'm', messages: [{ role: 'user', content: 'a' }] },
};

/** Every place in a value, itself first. */
const placesIn = (value: unknown): readonly (readonly string[])[] => [
  [],
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, part]) => placesIn(part).map((place) => [name, ...place]))
    : []),
];
const replaced = (value: unknown, [name, ...inner]: readonly string[], by: unknown): unknown => {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((part, at) => (String(at) === name ? replaced(part, inner, by) : part));
  const parts = value as Json;
  return { ...parts, [name]: replaced(parts[name], inner, by) };
};

/** What a program answers where it should have answered something else. */
const ODD: readonly unknown[] = [null, {}, [], [null], '', -1, { toString: 1, valueOf: 1 }];
const placedIn = (value: unknown, place: readonly string[]): readonly unknown[] =>
  ODD.map((by) => replaced(value, place, by));
const anything = fc.oneof(fc.constantFrom(...ODD), fc.jsonValue());
/** One of the values, with anything in the place of it or of one of its parts. */
const broken = (values: readonly Json[]): fc.Arbitrary<unknown> => {
  const places = values.flatMap((value) => placesIn(value).map((place) => ({ value, place })));
  return fc
    .tuple(fc.constantFrom(...places), anything)
    .map(([{ value, place }, by]) => replaced(value, place, by));
};
/** Beside what is drawn each of the odd in each of the places. */
const holdsFor = <T>(drawn: fc.Arbitrary<T>, odd: readonly T[], holds: (said: T) => void): void =>
  fc.assert(fc.property(drawn, holds), {
    examples: odd.map((said) => [said]),
    numRuns: odd.length + 200,
  });

const WAYS = SURFACE_NAMES.flatMap((surface) =>
  (Object.keys(PASSAGES[surface]) as DialectName[]).map((dialect) => [surface, dialect] as const),
);
const readerFor = (surface: SurfaceName, dialect: DialectName, stream: boolean): AnswerReader =>
  PASSAGES[surface][dialect]!.answer(
    SURFACES[surface].parse(bytesOf({ ...ASKED[surface], ...(SURFACES[surface].events && { stream }) })),
    { name: 'm', quirks: UNKNOWN_QUIRKS },
    { requestId: 'req', askedAt: new Date(0) },
  );
const DONE = Buffer.from('data: [DONE]\n\n');
/** What ends a stream, in either language. */
const LAST = /(data: \[DONE\]|"type":"message_stop"\})\n\n$/;

describe.each(WAYS)('any answer to %s of %s', (surface, dialect) => {
  const { whole, events, framed } = SAID[dialect];
  const { events: asStream } = SURFACES[surface];
  const oddAnswers = whole.flatMap((value) => placesIn(value).flatMap((place) => placedIn(value, place)));
  const oddEvents = placesIn(events)
    .slice(1)
    .flatMap((place) => placedIn(events, place) as unknown[][]);

  it('is told as far as it can be, as it came and as the stream that was asked for', () =>
    holdsFor(broken(whole), oddAnswers, (said) => {
      const reader = readerFor(surface, dialect, false);
      const told = reader.whole(bytesOf(said));
      expect(reader.seen.finished).toBe(false);
      if (!told || !asStream) return;
      for (const usageAsked of [true, false]) expect(asStream(told, usageAsked)).toMatch(LAST);
    }));

  it('is told as far as it can be where it failed', () =>
    holdsFor(broken(whole), oddAnswers, (said) => {
      const { statusOfError, refusesCredential } = DIALECTS[dialect];
      const body = bytesOf(said);
      const told = readerFor(surface, dialect, false).failure(500, body);
      for (const one of [body, told]) expect(statusOfError(one) ?? 400).toBeGreaterThanOrEqual(400);
      expect(refusesCredential(403, body)).toEqual(expect.any(Boolean));
    }));

  it('is told as far as it can be, event by event and as the whole that was asked for', () =>
    holdsFor(fc.array(broken(events), { maxLength: 10 }), oddEvents, (said) => {
      const chunks = said.map(framed);
      const reader = readerFor(surface, dialect, true);
      for (const chunk of chunks) reader.feed(chunk);
      reader.end();
      expect(reader.seen.textBytes).toBeGreaterThanOrEqual(0);
      const told = readerFor(surface, dialect, false).whole(Buffer.concat([...chunks, DONE]));
      if (told) expect(jsonObjectIn(told)).toBeDefined();
    }));
});

describe.each(SURFACE_NAMES.filter((name) => SURFACES[name].events))('a stream of %s', (surface) => {
  it('is told of anything in the place of an answer', () =>
    holdsFor(anything, ODD, (said) => expect(SURFACES[surface].events?.(bytesOf(said), true)).toMatch(LAST)));
});
