import * as fc from 'fast-check';
import { UNKNOWN_QUIRKS } from './quirks';
import { StreamTee } from './stream-tee';

const delta = (content: string, usage: unknown = null): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content } }], usage })}`;
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const usageEvent = `data: ${JSON.stringify({ id: 'c', choices: [], usage })}`;

/** Cuts bytes at arbitrary places. */
const chunksOf = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
};

const through = (tee: StreamTee, chunks: readonly Buffer[]): string =>
  Buffer.concat([...chunks.flatMap((chunk) => tee.feed(chunk)), ...tee.end()]).toString();

describe('StreamTee', () => {
  const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  const endings = fc.constantFrom('\n\n', '\r\n\r\n');

  it('relays every byte but the usage chunk, however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(texts, cuts, endings, fc.boolean(), (contents, at, ending, strip) => {
        const before = contents.map((content) => delta(content) + ending).join('');
        const after = `data: [DONE]${ending}`;
        const stream = Buffer.from(before + usageEvent + ending + after);
        const tee = new StreamTee(strip, UNKNOWN_QUIRKS);
        expect(through(tee, chunksOf(stream, at))).toBe(strip ? before + after : stream.toString());
        expect(tee).toMatchObject({ usage: { inputTokens: 3, outputTokens: 2 }, done: true, failed: false });
        const bytes = contents.reduce((sum, content) => sum + Buffer.byteLength(content), 0);
        expect(tee.contentBytes).toBeGreaterThanOrEqual(bytes);
      }),
    );
  });

  it('keeps usage that comes with choices, and reads it: the last one wins', () => {
    const tee = new StreamTee(true, UNKNOWN_QUIRKS);
    const stream = `${delta('a', { ...usage, completion_tokens: 1 })}\n\n${delta('b', usage)}\n\n`;
    expect(through(tee, [Buffer.from(stream)])).toBe(stream);
    expect(tee.usage?.outputTokens).toBe(2);
  });

  it('is not fooled by text that speaks of usage', () => {
    const tee = new StreamTee(true, UNKNOWN_QUIRKS);
    const stream = `${delta('"usage": {"prompt_tokens": 1, "completion_tokens": 1}')}\n\n`;
    expect(through(tee, [Buffer.from(stream)])).toBe(stream);
    expect(tee.usage).toBeUndefined();
  });

  it('counts tool calls and reasoning as text', () => {
    const tee = new StreamTee(true, UNKNOWN_QUIRKS);
    const choice = {
      delta: { reasoning_content: 'abc', tool_calls: [{ function: { arguments: '{"a":1}' } }] },
    };
    tee.feed(Buffer.from(`data: ${JSON.stringify({ choices: [choice] })}\n\n`));
    expect(tee.contentBytes).toBeGreaterThanOrEqual(10);
  });

  it('sees an error inside the stream', () => {
    const tee = new StreamTee(true, UNKNOWN_QUIRKS);
    tee.feed(Buffer.from('data: {"error":{"message":"overloaded"}}\n\n'));
    expect(tee.failed).toBe(true);
  });

  it('gives up on an event without an end, and loses nothing of it', () => {
    const tee = new StreamTee(true, UNKNOWN_QUIRKS);
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const relayed = Array.from({ length: 6 }, () => tee.feed(chunk)).flat();
    expect(Buffer.concat(relayed).length).toBe(6 * chunk.length);
  });
});
