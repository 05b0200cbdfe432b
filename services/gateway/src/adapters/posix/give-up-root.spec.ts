import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MODULE = join(__dirname, '../../../dist/adapters/posix/give-up-root.js');
const LOOK = `
const { readFileSync } = require('node:fs');
const [module, directory, secret] = process.argv.slice(1);
const tried = (work) => { try { return work(); } catch (error) { return error.message; } };
const why = tried(() => require(module).giveUpRoot(directory));
process.stdout.write(JSON.stringify({
  why,
  ids: [process.getuid(), process.geteuid(), process.getgid(), process.getegid(), ...process.getgroups()],
  capabilities: /^CapEff:\\s+0*(\\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
  secret: tried(() => readFileSync(secret, 'utf8')),
  back: tried(() => { process.setuid(0); return 'root again'; }),
}));`;
const OWNER = 60_777;
const GROUP = 60_778;

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? describe : describe.skip;

asRoot(
  `started as root${isRoot ? '' : ' (skipped: this is another user, who has nothing to give up)'}`,
  () => {
    let root: string;
    let directory: string;
    let secret: string;

    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'gatehouse-root-'));
      chmodSync(root, 0o755);
      directory = join(root, 'data');
      secret = join(root, 'secret');
      mkdirSync(directory);
      writeFileSync(secret, 'of root', { mode: 0o600 });
    });
    afterEach(() => rmSync(root, { recursive: true }));

    const look = (through: readonly string[] = [], directoryOf = directory) => {
      const [command = '', ...args] = [...through, process.execPath, '-e', LOOK, MODULE, directoryOf, secret];
      const { stdout, stderr } = spawnSync(command, args, { cwd: '/', encoding: 'utf8' });
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout) as Record<string, unknown>;
    };

    it('becomes the owner of the directory for good, in that owner’s group alone', () => {
      chownSync(directory, OWNER, GROUP);
      const { why, ids, capabilities, secret: read, back } = look();
      expect(why).toBeUndefined();
      expect(ids).toEqual([OWNER, OWNER, GROUP, GROUP, GROUP]);
      expect(capabilities).toBe('0');
      expect(read).toContain('EACCES');
      expect(back).toContain('EPERM');
    });

    it('says why it stays root where the directory is root’s own, or not there', () => {
      expect(look()).toMatchObject({ why: `${directory} is root's own`, secret: 'of root' });
      rmSync(directory, { recursive: true });
      expect(look()['why']).toBe(`${directory} is not there yet, and has no owner`);
    });

    it('does not go on where the system does not let it become the owner', () => {
      chownSync(directory, OWNER, GROUP);
      const through = ['setpriv', '--bounding-set', '-setuid', '--inh-caps', '-setuid'];
      expect(look(through)['why']).toBe(
        `root cannot be given up for the owner of ${directory}, user ${OWNER}`,
      );
    });

    it('changes nothing for another user', () => {
      chownSync(directory, OWNER, GROUP);
      const through = ['setpriv', '--reuid', '60779', '--regid', '60779', '--clear-groups'];
      const { why, ids } = look(through);
      expect(why).toBeUndefined();
      expect(ids).toEqual([60_779, 60_779, 60_779, 60_779, 60_779]);
    });
  },
);
