import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataDirectoryFault, openDataDirectory } from './data-directory';

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

  const faultAt = (path: string): string => {
    try {
      openDataDirectory(path);
    } catch (error) {
      return (dataDirectoryFault(error, path) as Error).message;
    }
    throw new Error('it was opened');
  };

  it('says what to do where it is no directory, or below what is none', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'data')])
      expect(faultAt(path)).toBe(`${path} is not a directory; choose another directory with --data`);
  });

  it('says what to do where it is another user’s, or its disk is full, and of what is no file’s nothing else', () => {
    const of = (code: string, path?: string) => Object.assign(new Error(code), { code, path });
    const said = (error: Error) => (dataDirectoryFault(error, '/data') as Error).message;
    const closed =
      'may not be used by this user; start Gatehouse as who owns it, or choose another directory with --data';
    expect(said(of('EACCES', '/data/keys'))).toBe(`/data/keys ${closed}`);
    expect(said(new Error('unreadable', { cause: of('EPERM', '/data/state.json') }))).toBe(
      `/data/state.json ${closed}`,
    );
    expect(said(of('ENOSPC'))).toContain('/data cannot be written: its disk is full; make room');
    expect(said(of('EACCES'))).toBe('EACCES');
    expect(said(new Error('port 80 is taken'))).toBe('port 80 is taken');
  });
});
