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
