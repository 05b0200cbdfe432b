import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalLocked, lockDirectory, lockFile, takeOver } from './journal-lock';

const MODULE = join(__dirname, '../../../dist/adapters/journal/journal-lock.js');
const HOLD = `require(process.argv[1]).lockDirectory(process.argv[2]).then(
  () => { console.log('held ' + process.pid); setInterval(() => {}, 1000); },
  (error) => { console.log(error.name); process.exit(1); })`;
/** As another container sees it: its own processes and its own network. */
const ELSEWHERE = ['--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child'];

/** Another process that takes the lock, or says why it cannot. */
class Other {
  private readonly child: ChildProcess;

  constructor(directory: string, command: readonly string[] = []) {
    const [file = '', ...args] = [...command, process.execPath, '-e', HOLD, MODULE, directory];
    this.child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  says(): Promise<string> {
    return new Promise((resolve) => this.child.stdout?.once('data', (data) => resolve(String(data).trim())));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.kill('SIGKILL');
    });
  }
}

describe('the lock of a journal', () => {
  let directory: string;

  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is let go by whoever has it, and taken again', async () => {
    const release = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(JournalLocked);
    release();
    (await lockDirectory(directory))();
  });

  it('is kept by a process that is stopped, and ends with one that is killed', async () => {
    const other = new Other(directory);
    expect(await other.says()).toMatch(/^held/);
    other.signal('SIGSTOP');
    await expect(lockDirectory(directory)).rejects.toThrow(JournalLocked);
    await other.kill();
    (await lockDirectory(directory))();
  });

  it('is kept by whom it was handed on to, whatever becomes of who took it', async () => {
    const file = lockFile(directory);
    const heir = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: ['ignore', 'ignore', 'ignore', file],
    });
    takeOver(directory, file);
    closeSync(file);
    await expect(lockDirectory(directory)).rejects.toThrow(JournalLocked);
    const ended = once(heir, 'exit');
    heir.kill('SIGKILL');
    await ended;
    (await lockDirectory(directory))();
  });

  it('is not taken over by a descriptor of another file', () => {
    const other = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
    const [file, others] = [lockFile(directory), lockFile(other)];
    expect(() => takeOver(directory, others)).toThrow(JournalLocked);
    closeSync(file);
    closeSync(others);
    rmSync(other, { recursive: true });
  });

  it('holds between containers that share the volume, either way', async () => {
    const other = new Other(directory, ['unshare', ...ELSEWHERE]);
    expect(await other.says()).toBe('held 1');
    await expect(lockDirectory(directory)).rejects.toThrow(JournalLocked);
    await other.kill();
    const release = await takes(directory);
    expect(await new Other(directory, ['unshare', ...ELSEWHERE]).says()).toBe('JournalLocked');
    release();
  });
});

/** What `unshare` has started ends a moment after it. */
const takes = async (directory: string): Promise<() => void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await lockDirectory(directory);
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};
