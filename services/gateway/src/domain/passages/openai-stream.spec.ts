import * as fc from 'fast-check';
import { UNKNOWN_QUIRKS } from '../quirks';
import { openaiChat } from '../surfaces/openai-chat';
import { chatCompletions } from './openai-operations';
import type { AnswerReader } from './passage';

const delta = (content: string, usage: unknown = null): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content } }], usage })}`;
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const usageEvent = `data: ${JSON.stringify({ id: 'c', choices: [], usage })}`;

/** Cuts bytes at arbitrary places. */
const chunksOf = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
};

const readerFor = (usageAsked: boolean): AnswerReader => {
  const asked = { stream: true, stream_options: { include_usage: usageAsked } };
  const body = { model: 'm', messages: [{ role: 'user', content: 'a' }], ...asked };
  const ask = openaiChat.parse(Buffer.from(JSON.stringify(body)));
  return chatCompletions.answer(
    ask,
    { name: 'm', quirks: UNKNOWN_QUIRKS },
    { requestId: 'req', askedAt: new Date(0) },
  );
};

const through = (reader: AnswerReader, chunks: readonly Buffer[]): string =>
  Buffer.concat([...chunks.flatMap((chunk) => reader.feed(chunk)), ...reader.end()]).toString();

describe('a stream that is relayed', () => {
  const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  const endings = fc.constantFrom('\n\n', '\r\n\r\n');

  it('relays every byte but the usage chunk, however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(texts, cuts, endings, fc.boolean(), (contents, at, ending, strip) => {
        const before = contents.map((content) => delta(content) + ending).join('');
        const after = `data: [DONE]${ending}`;
        const stream = Buffer.from(before + usageEvent + ending + after);
        const reader = readerFor(!strip);
        expect(through(reader, chunksOf(stream, at))).toBe(strip ? before + after : stream.toString());
        expect(reader.seen).toMatchObject({
          usage: { inputTokens: 3, outputTokens: 2 },
          ended: true,
          failed: false,
        });
        const bytes = contents.reduce((sum, content) => sum + Buffer.byteLength(content), 0);
        expect(reader.seen.textBytes).toBeGreaterThanOrEqual(bytes);
      }),
    );
  });

  it('keeps usage that comes with choices, and reads it: the last one wins', () => {
    const reader = readerFor(false);
    const stream = `${delta('a', { ...usage, completion_tokens: 1 })}\n\n${delta('b', usage)}\n\n`;
    expect(through(reader, [Buffer.from(stream)])).toBe(stream);
    expect(reader.seen.usage?.outputTokens).toBe(2);
  });

  it('is not fooled by text that speaks of usage', () => {
    const reader = readerFor(false);
    const stream = `${delta('"usage": {"prompt_tokens": 1, "completion_tokens": 1}')}\n\n`;
    expect(through(reader, [Buffer.from(stream)])).toBe(stream);
    expect(reader.seen.usage).toBeUndefined();
  });

  it('counts tool calls and reasoning as text', () => {
    const reader = readerFor(false);
    const choice = {
      delta: { reasoning_content: 'abc', tool_calls: [{ function: { arguments: '{"a":1}' } }] },
    };
    reader.feed(Buffer.from(`data: ${JSON.stringify({ choices: [choice] })}\n\n`));
    expect(reader.seen.textBytes).toBeGreaterThanOrEqual(10);
  });

  it('sees an error inside the stream', () => {
    const reader = readerFor(false);
    reader.feed(Buffer.from('data: {"error":{"message":"overloaded"}}\n\n'));
    expect(reader.seen.failed).toBe(true);
  });

  it('gives up on an event without an end, and loses nothing of it', () => {
    const reader = readerFor(false);
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const relayed = Array.from({ length: 6 }, () => reader.feed(chunk)).flat();
    expect(Buffer.concat(relayed).length).toBe(6 * chunk.length);
  });
});
