import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from './options';

describe('the event store', () => {
  const seeds = 'esdb://ops:secret@a:2113,b:2113,c:2113?tls=true';

  it('may be a cluster of several seeds', () => {
    expect(parseOptions(['--store', seeds]).store).toBe(seeds);
  });

  it('may be named in a file, where no list of processes shows its password', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'options-')), 'store');
    writeFileSync(file, `${seeds}\n`);
    expect(parseOptions(['--store-file', file]).store).toBe(seeds);
  });

  it('is not asked for', () => {
    expect(parseOptions([]).store).toBeUndefined();
  });
});

describe('an option that is wrong', () => {
  let said: string;
  beforeEach(() => {
    said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((said += String(text))));
    jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`ended with ${code}`);
    });
  });
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['--port', '0'],
    ['--port', 'many'],
    ['--nonsense'],
    ['--service-port', 'console=20001=2'],
    ['--store', 'mysql://x'],
    ['--store', 'esdb://127.0.0.1:1,127.0.0.1:2'],
    ['--store', 'esdb://ops:canary@127.0.0.1:port'],
    ['--store-file', '/nonexistent'],
    ['surplus'],
  ])('is refused, and what it says not shown: %p %p', (...args) => {
    expect(() => parseOptions(args)).toThrow('ended with 1');
    expect(said).toMatch(/^error: /);
    expect(said).not.toContain('canary');
  });
});
