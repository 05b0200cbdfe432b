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

  it('keeps the larger input and the larger output of what was told, each with its parts', () => {
    const first = {
      ...{ prompt_tokens: 100, completion_tokens: 5 },
      ...{ prompt_tokens_details: { cached_tokens: 40 }, completion_tokens_details: { reasoning_tokens: 4 } },
    };
    const last = { prompt_tokens: 10, completion_tokens: 50, num_search_queries: 2 };
    for (const told of [
      [first, last],
      [last, first],
    ]) {
      const reader = readerFor(false);
      through(
        reader,
        told.map((one) => Buffer.from(`data: ${JSON.stringify({ choices: [], usage: one })}\n\n`)),
      );
      const { reasoningTokens, ...counted } = reader.seen.usage ?? {};
      expect(counted).toMatchObject({
        inputTokens: 100,
        cachedInputTokens: 40,
        outputTokens: 50,
        searches: 2,
      });
      expect(reasoningTokens).toBeUndefined();
    }
  });

  it('keeps usage that comes with choices, and reads it: the last one wins', () => {
    const reader = readerFor(false);
    const stream = `${delta('a', { ...usage, completion_tokens: 1 })}\n\n${delta('b', usage)}\n\n`;
    expect(through(reader, [Buffer.from(stream)])).toBe(stream);
    expect(reader.seen.usage?.outputTokens).toBe(2);
  });

  it.each<[string, object, boolean]>([
    // What OpenAI tells last of a stream whose moderation was asked for.
    ['a judgement', { choices: [], moderation: { input: { applied: { violence: ['text'] } } } }, false],
    ['its end', { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }, false],
    ['a role', { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }, false],
    ['more text', { choices: [{ index: 0, delta: { content: 'b' } }] }, true],
    ['more text of a completion', { choices: [{ index: 0, text: 'b' }] }, true],
  ])('takes usage for a part of it only where text follows: %s, %s', (_what, last, isPart) => {
    const reader = readerFor(false);
    through(reader, [Buffer.from(`${delta('a')}\n\n${usageEvent}\n\ndata: ${JSON.stringify(last)}\n\n`)]);
    expect(reader.seen).toMatchObject({ usage: { outputTokens: 2 }, usageIsPart: isPart });
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

  it('hands on an error that tells usage, which nobody asked for', () => {
    const reader = readerFor(false);
    const failed = `data: ${JSON.stringify({ error: { message: 'no' }, choices: [], usage })}\n\n`;
    expect(through(reader, [Buffer.from(failed)])).toBe(failed);
    expect(reader.seen).toMatchObject({ failed: true, failureTold: true, usage: { outputTokens: 2 } });
  });

  it('sees an error inside the stream', () => {
    const reader = readerFor(false);
    reader.feed(Buffer.from('data: {"error":{"message":"overloaded"}}\n\n'));
    expect(reader.seen.failed).toBe(true);
  });

  it('relays an event that is too large as it comes, counts it, and goes on reading after it', () => {
    const reader = readerFor(false);
    const mebibyte = 1024 * 1024;
    const large = Buffer.concat([
      Buffer.from('data: '),
      Buffer.alloc(5 * mebibyte, 'x'),
      Buffer.from('\n\n'),
    ]);
    const stream = Buffer.concat([large, Buffer.from(`${usageEvent}\n\n${delta('after')}\n\n`)]);
    const chunks = Array.from({ length: Math.ceil(stream.length / 65_536) }, (_, at) =>
      stream.subarray(at * 65_536, (at + 1) * 65_536),
    );
    const relayed = through(reader, chunks);
    expect(relayed).toBe(`${large.toString()}${delta('after')}\n\n`);
    expect(reader.seen.usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
    expect(reader.seen.textBytes).toBeGreaterThanOrEqual(5 * mebibyte);
  });

  it.each([
    ['CR alone', '\r', ''],
    ['CR LF', '\r\n', ''],
    ['a BOM before all', '\n', '\ufeff'],
    ['a BOM and CR alone', '\r', '\ufeff'],
  ])('reads usage where lines end otherwise: %s', (_what, ending, bom) => {
    const reader = readerFor(true);
    const stream = `${bom}${delta('a')}${ending}${ending}${usageEvent}${ending}${ending}`;
    expect(through(reader, [Buffer.from(stream)])).toBe(stream);
    expect(reader.seen.usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  });

  it('passes comments on at once, which are no text', () => {
    const reader = readerFor(false);
    expect(reader.feed(Buffer.from(': ping\n'))).toEqual([Buffer.from(': ping\n')]);
    expect(reader.seen.textBytes).toBe(0);
  });

  it('hands on what lies side by side in one piece, without a copy', () => {
    const reader = readerFor(false);
    const chunk = Buffer.from(`${delta('a')}\n\n: ping\n\n${delta('b')}\n\n`);
    const [piece, ...others] = reader.feed(chunk);
    expect(others).toEqual([]);
    expect(piece?.buffer).toBe(chunk.buffer);
    expect(piece?.equals(chunk)).toBe(true);
  });
});
