import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalContents } from './journal-contents';
import { encodeEntry } from './journal-entries';
import { framed, SegmentFile } from './segment-file';

describe('the contents of a journal', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gatehouse-contents-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('are read a segment a turn, so that a process with many of them is heard meanwhile', async () => {
    const segments = [1, 2, 3];
    for (const number of segments) {
      const segment = new SegmentFile(directory, number);
      segment.append(framed([encodeEntry({ kind: 'lastLease', number: BigInt(number) })]));
      segment.close();
    }
    let turns = 0;
    const turn = (): void => void (turns++, (turning = setImmediate(turn)));
    let turning = setImmediate(turn);
    const contents = await JournalContents.read(directory, segments);
    clearImmediate(turning);
    expect(contents.lastLease).toBe(3n);
    expect(turns).toBeGreaterThanOrEqual(segments.length);
  });
});
