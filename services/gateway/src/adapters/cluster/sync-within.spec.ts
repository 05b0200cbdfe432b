import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncWithin } from './sync-within';

describe('what the primary syncs for a worker', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'gatehouse-sync-'));
    for (const name of ['journal', 'journal-of-another']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'journal', 'file'), '');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const sync = (path: string): Promise<void> => syncWithin([join(root, 'journal')], `${root}/${path}`);

  it.each(['journal', 'journal/', 'journal/file', 'journal-of-another/../journal/file'])('is %s', (path) =>
    expect(sync(path)).resolves.toBeUndefined(),
  );

  it.each(['', 'journal-of-another', 'journal/..', 'journal/../journal-of-another'])('is not %s', (path) =>
    expect(sync(path)).rejects.toThrow('may not write'),
  );

  it('is not what is not there', () =>
    expect(sync('journal/gone')).rejects.toMatchObject({ code: 'ENOENT' }));
});
