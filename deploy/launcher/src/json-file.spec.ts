import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from './json-file';

const RUN_SOURCE = join(__dirname, '../../simulator/testing/run-source.cjs');

describe('a file of which only a part can be written', () => {
  it('stays as it was', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-json-'));
    try {
      const path = join(directory, 'state.json');
      writeJsonFile(path, 'as it was');
      const write = `require(${JSON.stringify(join(__dirname, 'json-file.ts'))}).writeJsonFile(${JSON.stringify(path)}, 'x'.repeat(5_000))`;
      const node = [process.execPath, '-r', RUN_SOURCE, '-e', write];
      // In blocks of 512 or 1,024 bytes: the first write takes what fits, and says so.
      const { status } = spawnSync('sh', ['-c', 'ulimit -f 2; exec "$@"', 'sh', ...node]);
      expect(status).not.toBe(0);
      expect(readJsonFile(path)).toBe('as it was');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
