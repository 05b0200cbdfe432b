import * as fc from 'fast-check';
import { UNKNOWN_QUIRKS } from '../quirks';
import { anthropicMessages } from '../surfaces/anthropic-messages';
import { messages } from './anthropic-operations';
import type { AnswerReader } from './passage';

const event = (data: { type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const STARTED = {
  input_tokens: 10,
  cache_read_input_tokens: 20,
  cache_creation_input_tokens: 30,
  output_tokens: 1,
};
const kept = { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 };
const start = event({
  type: 'message_start',
  message: { usage: { ...STARTED, cache_creation: kept } },
} as never);
const delta = (inner: object): string =>
  event({ type: 'content_block_delta', index: 0, delta: inner } as never);
const told = (usage: object): string =>
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage } as never);
const stop = event({ type: 'message_stop' });

const reader = (): AnswerReader => {
  const body = { model: 'm', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'a' }] };
  const ask = anthropicMessages.parse(Buffer.from(JSON.stringify(body)));
  return messages.answer(
    ask,
    { name: 'm', quirks: UNKNOWN_QUIRKS },
    { requestId: 'req', askedAt: new Date(0) },
  );
};
const fed = (text: string): AnswerReader => {
  const one = reader();
  one.feed(Buffer.from(text));
  return one;
};

describe('a stream of messages', () => {
  it('is relayed byte for byte, and its usage is put together of its parts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat()), (texts, cuts) => {
        const stream = Buffer.from(
          start +
            texts.map((text) => delta({ type: 'text_delta', text })).join('') +
            told({ output_tokens: 7 }) +
            stop,
        );
        const places = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
        const one = reader();
        const relayed = [...places, stream.length].flatMap((end, index) =>
          one.feed(stream.subarray(places[index - 1] ?? 0, end)),
        );
        expect(Buffer.concat([...relayed, ...one.end()]).equals(stream)).toBe(true);
        expect(one.seen).toMatchObject({
          ended: true,
          failed: false,
          usage: {
            ...{ inputTokens: 60, cachedInputTokens: 20, cacheWriteTokens: 30, cacheWriteHourTokens: 20 },
            outputTokens: 7,
          },
        });
        const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        expect(one.seen.textBytes).toBeGreaterThanOrEqual(bytes);
      }),
    );
  });

  it('has told its input from the first event on', () =>
    expect(fed(start).seen.usage).toMatchObject({ inputTokens: 60, outputTokens: 1 }));

  it('does not forget what a later event says null of', () =>
    expect(
      fed(start + told({ output_tokens: 9, input_tokens: null, cache_read_input_tokens: null })).seen.usage,
    ).toMatchObject({ inputTokens: 60, outputTokens: 9 }));

  it('counts thinking and arguments of tools as text', () => {
    const thinking = delta({ type: 'thinking_delta', thinking: 'x'.repeat(50) });
    const tool = delta({ type: 'input_json_delta', partial_json: '{"a":"b' });
    expect(fed(start + thinking + tool).seen.textBytes).toBeGreaterThanOrEqual(57);
  });

  it.each([
    event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } as never),
    'data: {"type":"error","error":{"type":"api_error"}}\n\n',
  ])('has failed with %j', (error) => expect(fed(start + error).seen.failed).toBe(true));

  it('is not fooled by text that speaks of its end', () =>
    expect(
      fed(start + delta({ type: 'text_delta', text: '"message_stop" "type":"error"' })).seen,
    ).toMatchObject({
      ended: false,
      failed: false,
    }));
});
