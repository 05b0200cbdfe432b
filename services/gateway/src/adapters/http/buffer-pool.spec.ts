import { BufferPool } from './buffer-pool';

const MIB = 1_048_576;

describe('a pool of buffers', () => {
  it.each([0, 1, 2_048, 2_049, 65_536, 65_537, MIB, MIB + 1])('gives one of at least %d bytes', (bytes) => {
    const pool = new BufferPool(8 * MIB);
    const { length } = pool.take(bytes);
    expect(length).toBeGreaterThanOrEqual(bytes);
    expect(length).toBeLessThanOrEqual(Math.max(2 * bytes, 2_048));
  });

  it('gives what was given back to whoever wants as much, and overwrites what was in it', () => {
    const pool = new BufferPool(MIB);
    const first = pool.take(70_000).subarray(0, 70_000).fill('a');
    expect(pool.take(70_000).buffer).not.toBe(first.buffer);
    pool.giveBack(first);
    expect(first.every((byte) => byte === 0xdb)).toBe(true);
    expect(pool.take(60_000).buffer).not.toBe(first.buffer);
    const second = pool.take(131_072);
    expect(second.buffer).toBe(first.buffer);
    expect(second.length).toBe(131_072);
    expect(pool.take(70_000).buffer).not.toBe(first.buffer);
  });

  it('copies into one that was given back, and gives it back for the next', () => {
    const pool = new BufferPool(MIB);
    const first = pool.copyOf(Buffer.from('first'));
    expect(first.toString()).toBe('first');
    pool.giveBack(first);
    const second = pool.copyOf(Buffer.from('the second'));
    expect([second.toString(), second.buffer]).toEqual(['the second', first.buffer]);
    expect(pool.copyOf(Buffer.from('third')).buffer).not.toBe(first.buffer);
    const large = Buffer.alloc(MIB + 1, 'x');
    expect(pool.copyOf(large).equals(large)).toBe(true);
  });

  it('keeps no more than it may, and nothing that is larger than its largest', () => {
    const pool = new BufferPool(MIB);
    const taken = [pool.take(MIB / 2), pool.take(MIB / 2), pool.take(MIB / 2), pool.take(2 * MIB)];
    for (const buffer of taken) pool.giveBack(buffer);
    const again = [pool.take(MIB / 2), pool.take(MIB / 2), pool.take(MIB / 2), pool.take(2 * MIB)];
    const kept = again.filter(({ buffer }) => taken.some((before) => before.buffer === buffer));
    expect(kept).toHaveLength(2);
    // What was taken is not counted as kept any more.
    for (const buffer of kept) pool.giveBack(buffer);
    expect(taken.map(({ buffer }) => buffer)).toContain(pool.take(MIB / 2).buffer);
  });
});
