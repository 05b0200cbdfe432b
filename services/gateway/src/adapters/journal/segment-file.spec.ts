import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SegmentFile, segmentPath } from './segment-file';

describe('a segment', () => {
  let directory: string;
  let segment: SegmentFile;
  /** Where each write began, and its bytes. */
  let through: [number, string][];
  const O_DSYNC = 0o10000;

  /** What each write by a handle takes is told; of more than `most` bytes it takes no more than that. */
  const watch = async (most = Infinity): Promise<void> => {
    const file = await open(join(directory, 'other'), 'w');
    await file.close();
    const handles = Object.getPrototypeOf(file) as FileHandle;
    const all = handles.write as (...args: unknown[]) => unknown;
    jest.spyOn(handles, 'write').mockImplementation(function (
      this: FileHandle,
      ...[bytes, from, length, at]: [Buffer, number, number, number]
    ) {
      const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${this.fd}`, 'utf8'))?.[1] ?? '';
      expect(parseInt(flags, 8) & O_DSYNC).toBe(O_DSYNC);
      expect(readlinkSync(`/proc/self/fd/${this.fd}`)).toBe(segmentPath(directory, 1));
      const taken = Math.min(length, most);
      through.push([at, bytes.toString('utf8', from, from + taken)]);
      return all.call(this, bytes, from, taken, at);
    } as never);
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-segment-'));
    segment = new SegmentFile(directory, 1);
    through = [];
  });
  afterEach(() => {
    segment.close();
    jest.restoreAllMocks();
    rmSync(directory, { recursive: true });
  });

  it('has on disk once it is synced what was written until then, and each of it once', async () => {
    await segment.sync();
    await watch();
    segment.append(Buffer.from('one two '));
    const synced = segment.sync();
    segment.append(Buffer.from('three'));
    await synced;
    expect(through).toEqual([[0, 'one two ']]);
    await segment.sync();
    await segment.sync();
    expect(through).toEqual([
      [0, 'one two '],
      [8, 'three'],
    ]);
    expect(readFileSync(segmentPath(directory, 1), 'utf8')).toBe('one two three');
  });

  it('has all of it there where a write takes less, or it is more than is read at once', async () => {
    await watch(100_000);
    const much = 'abcdefg'.repeat(100_000);
    segment.append(Buffer.from(much));
    await segment.sync();
    expect(through.map(([, bytes]) => bytes).join('')).toBe(much);
    expect(readFileSync(segmentPath(directory, 1), 'utf8')).toBe(much);
  });
});
