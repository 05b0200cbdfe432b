import { PartitionCursor } from './partition-cursor';

describe('the cursor of a partition', () => {
  it('takes a batch that holds its offset, at the beginning or within', () => {
    const cursor = new PartitionCursor(5n);
    expect(cursor.judge(5n, 9n)).toBe('take');
    expect(cursor.judge(0n, 6n)).toBe('take');
  });

  it('seeks when a batch is from before or from beyond', () => {
    const cursor = new PartitionCursor(5n);
    expect(cursor.judge(0n, 5n)).toBe('seek');
    expect(cursor.judge(6n, 9n)).toBe('seek');
  });

  it('never skips because of left-over batches, each of which begins elsewhere', () => {
    const cursor = new PartitionCursor(5n);
    for (let first = 6n; first < 20n; first++) expect(cursor.judge(first, first + 1n)).toBe('seek');
  });

  it('skips what the broker does not have, when asked from there it always begins later', () => {
    const cursor = new PartitionCursor(5n);
    expect([1, 2, 3, 4].map(() => cursor.judge(8n, 9n))).toEqual(['seek', 'seek', 'seek', 'take']);
  });

  it('despairs of an offset that the broker does not come to', () => {
    const cursor = new PartitionCursor(5n);
    for (let n = 0; n < 20; n++) expect(cursor.judge(0n, 3n)).toBe('seek');
    expect(cursor.judge(0n, 3n)).toBe('lost');
  });

  it('forgets its doubts when it moves', () => {
    const cursor = new PartitionCursor(5n);
    for (let n = 0; n < 3; n++) cursor.judge(8n, 9n);
    cursor.moveTo(6n);
    expect(cursor.judge(8n, 9n)).toBe('seek');
  });
});
