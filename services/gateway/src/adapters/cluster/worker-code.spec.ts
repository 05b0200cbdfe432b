import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linkedIn } from './worker-code';

describe('where the code of workers is', () => {
  let root: string;

  beforeEach(() => (root = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-worker-code-')))));
  afterEach(() => rmSync(root, { recursive: true }));

  it('is where the links to our packages lead, but for those that lead nowhere', () => {
    mkdirSync(join(root, 'libs', 'kernel'), { recursive: true });
    mkdirSync(join(root, 'node_modules', '@gatehouse'), { recursive: true });
    for (const [name, target] of [
      ['kernel', '../../libs/kernel'],
      ['bench', '../../test/bench'],
    ] as const)
      symlinkSync(target, join(root, 'node_modules', '@gatehouse', name));
    expect(linkedIn(join(root, 'node_modules'))).toEqual([join(root, 'libs', 'kernel')]);
  });

  it('has no packages of ours where there are none', () => expect(linkedIn(root)).toEqual([]));
});
