import { EventStreamCodec } from '@smithy/core/event-streams';
import type { DialectName } from '../dialects/dialect';
import type { Json } from '../json-values';
import { PASSAGES } from '../passages';
import { UNKNOWN_QUIRKS } from '../quirks';
import { SURFACES } from '../surfaces';
import type { AnswerReader } from './passage';

type Chatting = 'openai-chat' | 'anthropic-messages';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);
const frame = (kind: 'event' | 'exception', type: string, payload: Json): Buffer =>
  Buffer.from(
    codec.encode({
      headers: { [`:${kind}-type`]: { type: 'string', value: type } },
      body: Buffer.from(JSON.stringify(payload)),
    }),
  );
const event = (data: Json, name?: string): Buffer =>
  Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
const chunk = (choice: Json, more: Json = {}): Buffer =>
  event({ id: 'c1', choices: [{ index: 0, delta: {}, ...choice }], ...more });
const ofMessage = (data: Json): Buffer => event(data, String(data['type']));

/** How each dialect begins to say something, and how it goes on. */
const BEGUN = {
  openai: [chunk({ delta: { role: 'assistant', content: 'a' } })],
  'azure-openai': [chunk({ delta: { role: 'assistant', content: 'a' } })],
  anthropic: [
    ofMessage({ type: 'message_start', message: { id: 'm1', usage: { input_tokens: 3, output_tokens: 1 } } }),
    ofMessage({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ofMessage({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } }),
  ],
  bedrock: [
    frame('event', 'messageStart', { role: 'assistant' }),
    frame('event', 'contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'a' } }),
  ],
} satisfies Record<DialectName, Buffer[]>;
const MORE = {
  openai: [chunk({ delta: { content: 'never' }, finish_reason: 'stop' }), Buffer.from('data: [DONE]\n\n')],
  'azure-openai': [Buffer.from('data: [DONE]\n\n')],
  anthropic: [
    ofMessage({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'never' } }),
    ofMessage({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }),
    ofMessage({ type: 'message_stop' }),
  ],
  bedrock: [
    frame('event', 'contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'never' } }),
    frame('event', 'messageStop', { stopReason: 'end_turn' }),
  ],
} satisfies Record<DialectName, Buffer[]>;

const overloaded = { message: 'Overloaded', type: 'server_error' };
const CHAT_FAILURES: readonly Buffer[] = [
  event({ error: overloaded }),
  event({ object: 'error', ...overloaded, code: 503 }),
  event({ object: 'error', error: 'Overloaded' }),
  event({ message: 'Overloaded' }, 'error'),
  chunk({}, { error: overloaded }),
  chunk({ error: overloaded }),
  chunk({ finish_reason: 'error' }, { error: overloaded }),
];
const FAILURES: readonly (readonly [Chatting, DialectName, Buffer])[] = [
  ...CHAT_FAILURES.map((failure) => ['anthropic-messages', 'openai', failure] as const),
  ['openai-chat', 'anthropic', ofMessage({ type: 'error', error: overloaded })],
  ['openai-chat', 'anthropic', event({ error: overloaded }, 'error')],
  ['openai-chat', 'anthropic', event({ message: 'Overloaded' }, 'error')],
  ['openai-chat', 'bedrock', frame('exception', 'throttlingException', { message: 'Overloaded' })],
  ['anthropic-messages', 'bedrock', frame('exception', 'throttlingException', { message: 'Overloaded' })],
];

const readerOf = (surface: Chatting, dialect: DialectName): AnswerReader =>
  PASSAGES[surface][dialect]!.answer(
    SURFACES[surface].parse(
      Buffer.from('{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"a"}]}'),
    ),
    { name: 'm', quirks: UNKNOWN_QUIRKS },
    { requestId: 'req', askedAt: new Date(0) },
  );
const toldBy = (reader: AnswerReader, chunks: readonly Buffer[]): string =>
  Buffer.concat([...chunks.flatMap((one) => reader.feed(one)), ...reader.end()]).toString();
/** What an SDK throws on in a stream of its language. */
const THROWN = {
  'openai-chat': /data: \{"error":\{"message":"([^"]*)"[^\n]*\}\n\n$/,
  'anthropic-messages':
    /event: error\ndata: \{"type":"error","error":\{[^\n]*"message":"([^"]*)"[^\n]*\}\n\n$/,
};

describe('a stream that fails', () => {
  it.each(FAILURES)('is told so to a client of %s by a provider of %s, and nothing else: %s', (...failed) => {
    const [surface, dialect, failure] = failed;
    const reader = readerOf(surface, dialect);
    const told = toldBy(reader, [...BEGUN[dialect], failure, ...MORE[dialect]]);
    expect(THROWN[surface].exec(told)?.[1]).toBe('Overloaded');
    expect(reader.seen).toMatchObject({ failed: true, failureTold: true });
    expect(told).not.toContain('never');
  });

  it('is told so by who relays it where the provider says nothing that can be read', () => {
    const reader = readerOf('anthropic-messages', 'openai');
    const told = toldBy(reader, [...BEGUN.openai, Buffer.from('event: error\ndata: no\n\n'), ...MORE.openai]);
    expect(reader.seen).toMatchObject({ failed: true, failureTold: false });
    expect(told).not.toMatch(/never|message_stop/);
  });

  it('is charged by what it counts behind its failure', () => {
    const reader = readerOf('openai-chat', 'anthropic');
    toldBy(reader, [...BEGUN.anthropic, ofMessage({ type: 'error', error: overloaded }), ...MORE.anthropic]);
    expect(reader.seen.usage).toMatchObject({ inputTokens: 3, outputTokens: 9 });
  });
});
