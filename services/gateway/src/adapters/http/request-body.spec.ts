import { EventEmitter } from 'node:events';
import * as fc from 'fast-check';
import { BufferPool } from './buffer-pool';
import type { Incoming } from './exchange-ends';
import { readBody } from './request-body';

/** A body whose pieces are written over as soon as they were heard. */
class Coming extends EventEmitter implements Incoming {
  readonly complete = false;
  readonly destroyed = false;

  constructor(private readonly pieces: readonly string[]) {
    super();
  }

  resume(): this {
    for (const piece of this.pieces) {
      const bytes = Buffer.from(piece);
      this.emit('data', bytes);
      bytes.fill(0xdb);
    }
    this.emit('end');
    return this;
  }
}

const BOUNDS = { bytesMax: 10_000_000, deadlineMs: 60_000, take: () => true };

describe('a body', () => {
  it('is what came, in whatever pieces, whether or not its length was told', async () => {
    const buffers = new BufferPool(4 * 1_048_576);
    const piece = fc
      .tuple(fc.constantFrom('a', 'é', '{"b":1}'), fc.nat({ max: 40_000 }))
      .map(([text, times]) => text.repeat(times));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.boolean(), async (pieces, told) => {
        const text = pieces.join('');
        const length = told ? Buffer.byteLength(text) : undefined;
        const body = await readBody({ length, body: new Coming(pieces) }, BOUNDS, buffers);
        expect(body.toString()).toBe(text);
        buffers.giveBack(body);
      }),
      { numRuns: 200 },
    );
  });

  it('that came at once is copied from where it lies', async () => {
    const came = Buffer.from('{"a":1}');
    const body = readBody({ length: came.length, body: came }, BOUNDS);
    came.fill(0xdb);
    expect((await body).toString()).toBe('{"a":1}');
  });

  it('is counted as far as room is made for it before it comes, and then as it comes', async () => {
    const taken: number[] = [];
    const take = (bytes: number): boolean => taken.push(bytes) > 0;
    const pieces = ['a'.repeat(100_000), 'b'.repeat(100_000), 'c'.repeat(100_000)];
    await readBody({ length: 300_000, body: new Coming(pieces) }, { ...BOUNDS, take });
    expect(taken).toEqual([131_072, 0, 68_928, 100_000]);
    taken.length = 0;
    await readBody({ length: undefined, body: new Coming(pieces) }, { ...BOUNDS, take });
    expect(taken).toEqual([0, 100_000, 100_000, 100_000]);
  });
});
