import { closeSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFiles } from './log-files';

const LOOK_MS = 30_000;

describe('a log that has grown', () => {
  it('is emptied once its older part is kept, and stays as it is until then', () => {
    jest.useFakeTimers();
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-logs-'));
    const logs = new LogFiles(directory);
    try {
      closeSync(logs.open('child'));
      const [path, older] = [logs.path('child'), `${logs.path('child')}.1`];
      const grown = Buffer.alloc(16 * 1024 * 1024 + 1, 'x');
      writeFileSync(path, grown);
      mkdirSync(older);
      jest.advanceTimersByTime(LOOK_MS);
      expect(statSync(path).size).toBe(grown.length);
      rmdirSync(older);
      jest.advanceTimersByTime(LOOK_MS);
      expect([statSync(path).size, statSync(older).size]).toEqual([0, grown.length]);
    } finally {
      logs.close();
      jest.useRealTimers();
      rmSync(directory, { recursive: true });
    }
  });
});
