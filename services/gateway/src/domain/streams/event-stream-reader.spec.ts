import { EventStreamCodec } from '@smithy/core/event-streams';
import * as fc from 'fast-check';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { crc32 } from './crc32';
import { EventStreamReader } from './event-stream-reader';
import type { EventStreamPiece } from './event-stream-reader';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);
const encode = (type: string, payload: Uint8Array): Buffer =>
  Buffer.from(
    codec.encode({
      headers: {
        ':date': { type: 'timestamp', value: new Date(0) },
        ':flag': { type: 'boolean', value: true },
        ':bytes': { type: 'binary', value: Buffer.from('x') },
        ':event-type': { type: 'string', value: type },
      },
      body: payload,
    }),
  );

const chunksOf = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
};
const read = (chunks: readonly Buffer[], reader = new EventStreamReader()): EventStreamPiece[] => [
  ...chunks.flatMap((chunk) => reader.feed(chunk)),
  ...reader.end(),
];
const toldIn = (pieces: readonly EventStreamPiece[]): [string, string][] =>
  pieces.flatMap((piece): [string, string][] =>
    piece.kind === 'message'
      ? [[piece.message.header(':event-type'), piece.message.payload.toString('hex')]]
      : [],
  );
const rawOf = (pieces: readonly EventStreamPiece[]): string =>
  Buffer.concat(pieces.map(({ raw }) => raw)).toString('hex');

describe('a reader of binary event streams', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 30 });

  it('tells what AWS wrote, however the stream is cut, and hands on every byte', () => {
    const message = fc.tuple(fc.string(), fc.uint8Array({ maxLength: 100 }));
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), cuts, (messages, at) => {
        const stream = Buffer.concat(messages.map(([type, payload]) => encode(type, payload)));
        const pieces = read(chunksOf(stream, at));
        expect(toldIn(pieces)).toEqual(
          messages.map(([type, payload]) => [type, Buffer.from(payload).toString('hex')]),
        );
        expect(rawOf(pieces)).toBe(stream.toString('hex'));
      }),
    );
  });

  it('tells nothing from the first byte on that is wrong, and hands on every byte', () => {
    const whole = encode('a', Buffer.from('{}'));
    fc.assert(
      fc.property(
        fc.nat({ max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        cuts,
        (place, by, at) => {
          const wrong = Buffer.from(whole);
          wrong[place]! ^= by;
          const stream = Buffer.concat([whole, wrong, whole]);
          const pieces = read(chunksOf(stream, at));
          expect(toldIn(pieces)).toHaveLength(1);
          expect(pieces.at(-1)?.kind).toBe('broken');
          expect(rawOf(pieces)).toBe(stream.toString('hex'));
        },
      ),
    );
  });

  it('hands a message that is too large on in parts, holds nothing of it, and reads what follows', () => {
    const large = encode('large', Buffer.alloc(5000));
    const reader = new EventStreamReader(1000);
    const pieces: EventStreamPiece[] = [];
    for (const chunk of chunksOf(
      Buffer.concat([large, encode('after', Buffer.from('{}'))]),
      [100, 900, 3000],
    )) {
      pieces.push(...reader.feed(chunk));
      expect(reader.pendingBytes).toBe(0);
    }
    expect(pieces.map(({ kind }) => kind)).toEqual(['part', 'part', 'part', 'part', 'message']);
    expect(toldIn(pieces)).toEqual([['after', Buffer.from('{}').toString('hex')]]);
  });

  it('takes a message without its end for broken', () => {
    expect(read([encode('a', Buffer.from('{}')).subarray(0, -1)])).toMatchObject([{ kind: 'broken' }]);
  });

  it('sums as zlib does', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(crc32(bytes)).toBe(zlibCrc32(bytes))));
  });
});
