import * as fc from 'fast-check';
import { SseReader } from './sse-reader';
import type { SsePiece } from './sse-reader';

interface Told {
  readonly name: string;
  readonly data: string;
}

const chunksOf = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
};
const read = (chunks: readonly Buffer[], reader = new SseReader()): SsePiece[] => [
  ...chunks.flatMap((chunk) => reader.feed(chunk)),
  ...reader.end(),
];
const toldIn = (pieces: readonly SsePiece[]): Told[] =>
  pieces.flatMap((piece) =>
    piece.kind === 'event' ? [{ name: piece.name, data: piece.data.toString() }] : [],
  );
const rawOf = (pieces: readonly SsePiece[]): string =>
  Buffer.concat(pieces.map(({ raw }) => raw)).toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text);
const feed = (...texts: string[]): Told[] => toldIn(read(texts.map(bytes)));

describe('a reader of server-sent events', () => {
  const value = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\0]/g, '').replace(/^ /, ''));
  const ending = fc.constantFrom('\n', '\r\n', '\r');
  const field = fc.record({ data: value, name: fc.option(value), ending, comment: fc.option(value) });
  const cuts = fc.array(fc.nat(), { maxLength: 30 });

  it('tells the same events however the stream is cut, and hands on every byte', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), cuts, fc.boolean(), (events, at, bom) => {
        const text = events
          .map(({ data, name, ending: end, comment }) => {
            const lines = [...(name === null ? [] : [`event: ${name}`]), `data: ${data}`];
            return (comment === null ? '' : `:${comment}${end}${end}`) + lines.join(end) + end + end;
          })
          .join('');
        const stream = bytes((bom ? '\ufeff' : '') + text);
        const whole = read([stream]);
        const cut = read(chunksOf(stream, at));
        expect(toldIn(whole)).toEqual(events.map(({ data, name }) => ({ data, name: name ?? '' })));
        expect(toldIn(cut)).toEqual(toldIn(whole));
        expect(rawOf(whole)).toBe(stream.toString('hex'));
        expect(rawOf(cut)).toBe(rawOf(whole));
      }),
      { numRuns: 300 },
    );
  });

  it('hands on every byte of whatever it is given, and tells the same of it however it is cut', () => {
    const noise = fc.array(fc.constantFrom(...'\r\n: datevn\ufeff'), { maxLength: 60 });
    fc.assert(
      fc.property(noise, cuts, fc.integer({ min: 1, max: 40 }), (letters, at, max) => {
        const stream = bytes(letters.join(''));
        const cut = read(chunksOf(stream, at));
        expect(rawOf(cut)).toBe(stream.toString('hex'));
        expect(toldIn(cut)).toEqual(toldIn(read([stream])));
        expect(rawOf(read(chunksOf(stream, at), new SseReader(max)))).toBe(stream.toString('hex'));
      }),
      { numRuns: 300 },
    );
  });

  it('reads lines that end in CR alone at once', () => {
    const reader = new SseReader();
    expect(toldIn(reader.feed(bytes('data: a\r\r')))).toEqual([{ name: '', data: 'a' }]);
    expect(toldIn(reader.feed(bytes('data: [DONE]\r\r')))).toEqual([{ name: '', data: '[DONE]' }]);
  });

  it('waits for the LF of a CR LF, so that it is not parted from its event', () => {
    const reader = new SseReader();
    expect(reader.feed(bytes('data: a\r\n\r'))).toEqual([]);
    expect(reader.feed(bytes('\n'))).toMatchObject([{ kind: 'event', raw: bytes('data: a\r\n\r\n') }]);
  });

  it('reads a BOM, also in pieces, as none of the first field', () => {
    const stream = bytes('\ufeffdata: a\n\n');
    expect(toldIn(read([stream]))).toEqual([{ name: '', data: 'a' }]);
    expect(toldIn(read(chunksOf(stream, [1, 2])))).toEqual([{ name: '', data: 'a' }]);
    expect(read([bytes('\ufeff: ping\n\n')]).every(({ kind }) => kind === 'between')).toBe(true);
  });

  it('hands on comments at once, as no event', () => {
    const reader = new SseReader();
    expect(reader.feed(bytes(': ping\n'))).toMatchObject([{ kind: 'between', raw: bytes(': ping\n') }]);
    expect(reader.feed(bytes('\n'))).toMatchObject([{ kind: 'between' }]);
    expect(reader.feed(bytes(': OPENROUTER PROCESSING\r\n\r\ndata: a\n\n')).map(({ kind }) => kind)).toEqual([
      'between',
      'between',
      'event',
    ]);
    expect(reader.pendingBytes).toBe(0);
  });

  it('leaves a comment inside an event where it is', () => {
    expect(read([bytes('event: e\n: c\ndata: a\n\n')])).toMatchObject([
      { kind: 'event', raw: bytes('event: e\n: c\ndata: a\n\n'), name: 'e' },
    ]);
  });

  it.each([
    ['data:a\n\n', { name: '', data: 'a' }],
    ['data:  a\n\n', { name: '', data: ' a' }],
    ['data: a\ndata\ndata: b\n\n', { name: '', data: 'a\n\nb' }],
    ['data\n\n', { name: '', data: '' }],
    ['datum: a\n\n', { name: '', data: '' }],
    ['event: error\n\n', { name: 'error', data: '' }],
    ['id: 1\nretry: 5\nevent:a\nevent: b\ndata: {"event": 1}\n\n', { name: 'b', data: '{"event": 1}' }],
  ])('reads %j', (text, told) => {
    expect(feed(text)).toEqual([told]);
  });

  it('reads an event without its end as one when the stream is over', () => {
    expect(feed('data: a\n\ndata: b')).toEqual([
      { name: '', data: 'a' },
      { name: '', data: 'b' },
    ]);
    expect(feed('data: a\r\n\r')).toEqual([{ name: '', data: 'a' }]);
  });

  it('hands an event that is too large on in parts, holds little of it, and reads what follows', () => {
    const reader = new SseReader(1000);
    const pieces: SsePiece[] = [];
    pieces.push(...reader.feed(bytes('data: ')));
    for (let at = 0; at < 100; at++) {
      pieces.push(...reader.feed(Buffer.alloc(100, 'x')));
      expect(reader.pendingBytes).toBeLessThanOrEqual(1000);
    }
    pieces.push(...reader.feed(bytes('\n\ndata: usage\n\n')));
    expect(pieces.slice(0, -1).every(({ kind }) => kind === 'part')).toBe(true);
    expect(toldIn(pieces)).toEqual([{ name: '', data: 'usage' }]);
    expect(rawOf(pieces)).toBe(bytes(`data: ${'x'.repeat(10_000)}\n\ndata: usage\n\n`).toString('hex'));
  });

  it('does not copy an event that came in one chunk', () => {
    const chunk = bytes('data: a\n\ndata: b\n\n');
    const [, second] = new SseReader().feed(chunk);
    expect(second?.raw.buffer).toBe(chunk.buffer);
    expect(second?.raw.byteOffset).toBe(chunk.byteOffset + 9);
  });
});
