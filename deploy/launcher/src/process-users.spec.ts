import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory } from './data-directory';
import { separateUsers, userOf } from './process-users';

const isRoot = process.getuid?.() === 0;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-users-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const readAs = (uid: number, path: string) =>
  spawnSync(
    process.execPath,
    ['-e', 'process.stdout.write(require("fs").readFileSync(process.argv[1]))', path],
    {
      ...{ uid, gid: uid, cwd: '/', encoding: 'utf8' },
    },
  );

const asRoot = isRoot ? describe : describe.skip;
asRoot(
  `as root${isRoot ? '' : ' (skipped: this is another user, who cannot run processes as others)'}`,
  () => {
    it('lets the gateway read the keys, and the registry not', () => {
      const directory = openDataDirectory(join(root, 'data'));
      chmodSync(root, 0o755);
      const key = join(directory.keys, 'int_a.1.key');
      writeFileSync(key, 'a key', { mode: 0o600 });
      expect(separateUsers(directory, [process.execPath], [])).toEqual({ separated: true });
      const [gateway, registry] = [readAs(userOf('gateway').uid, key), readAs(userOf('registry').uid, key)];
      expect([gateway.status, gateway.stdout]).toEqual([0, 'a key']);
      expect(registry.status).not.toBe(0);
      expect(registry.stderr).toContain('EACCES');
      // What was separated stays so.
      expect(separateUsers(directory, [process.execPath], [])).toEqual({ separated: true });
    });

    it('gives away nothing that links lead to', () => {
      const directory = openDataDirectory(join(root, 'data'));
      chmodSync(root, 0o755);
      const elsewhere = join(root, 'elsewhere');
      mkdirSync(join(elsewhere, 'deep'), { recursive: true });
      writeFileSync(join(elsewhere, 'deep', 'file'), 'ours');
      symlinkSync(elsewhere, join(directory.gateway, 'folder'));
      symlinkSync(join(elsewhere, 'deep', 'file'), join(directory.gateway, 'file'));
      expect(separateUsers(directory, [process.execPath], [])).toEqual({ separated: true });
      expect(lstatSync(join(directory.gateway, 'folder')).uid).toBe(userOf('gateway').uid);
      for (const path of ['.', 'deep', 'deep/file'])
        expect([path, statSync(join(elsewhere, path)).uid]).toEqual([path, 0]);
    });

    it('leaves everything as it was where the users cannot reach what they run', () => {
      const directory = openDataDirectory(join(root, 'data'));
      chmodSync(root, 0o755);
      const program = join(root, 'program');
      writeFileSync(program, '', { mode: 0o600 });
      const because = `other users cannot read ${program}`;
      expect(separateUsers(directory, [program], [])).toEqual({ separated: false, because });
      expect(separateUsers(directory, [process.execPath], [program])).toEqual({ separated: false, because });
      expect(statSync(directory.keys).uid).toBe(0);
    });
  },
);

const asAnother = isRoot ? describe.skip : describe;
asAnother(`as another user${isRoot ? ' (skipped: this is root)' : ''}`, () => {
  it('says why nothing is separated, and changes nothing', () => {
    const directory = openDataDirectory(join(root, 'data'));
    const before = statSync(directory.root).mode;
    const because = 'it was not started by root';
    expect(separateUsers(directory, [], [])).toEqual({ separated: false, because });
    expect(statSync(directory.root).mode).toBe(before);
  });
});
