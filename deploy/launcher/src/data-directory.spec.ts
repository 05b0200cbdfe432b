import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory } from './data-directory';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gatehouse-data-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('a data directory', () => {
  it('is made where it is not there, for its owner alone', () => {
    const { root } = openDataDirectory(join(parent, 'deep', 'data'));
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  it('may be an empty one, a volume, or one that a start was cut off in', () => {
    mkdirSync(join(parent, 'lost+found'));
    openDataDirectory(parent);
    for (const name of readdirSync(parent))
      if (name !== 'logs') rmSync(join(parent, name), { recursive: true });
    openDataDirectory(parent);
    expect(readdirSync(parent)).toContain('keys');
  });

  it('is none that holds what is not ours', () => {
    writeFileSync(join(parent, 'somebody'), '');
    expect(() => openDataDirectory(parent)).toThrow('holds other things');
    expect(readdirSync(parent)).toEqual(['somebody']);
  });
});
