import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './directory-lock';
import { identityOf } from './process-identity';

let directory: string;
let holder: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
});

afterEach(() => {
  holder?.kill('SIGKILL');
  holder = undefined;
  rmSync(directory, { recursive: true });
});

const claimOfAnother = (): number => {
  holder = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  const pid = holder.pid ?? 0;
  writeFileSync(join(directory, `launcher.${pid}.lock`), JSON.stringify(identityOf(pid)));
  return pid;
};

describe('lockDirectory', () => {
  it('refuses while another launcher runs', async () => {
    const pid = claimOfAnother();
    await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${pid}`);
    expect(readdirSync(directory)).toEqual([`launcher.${pid}.lock`]);
  });

  it('lets a launcher stop that cannot say so', async () => {
    const lock = await lockDirectory(directory);
    mkdirSync(join(directory, `launcher.${process.pid}.lock.partial`));
    lock.markStopping();
    lock.release();
    expect(readdirSync(directory)).toEqual([`launcher.${process.pid}.lock.partial`]);
  });

  it('takes over as soon as the other has ended', async () => {
    claimOfAnother();
    setTimeout(() => holder?.kill('SIGKILL'), 300);
    (await lockDirectory(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('takes over from a process id that now belongs to somebody else', async () => {
    const pid = claimOfAnother();
    const claim = JSON.stringify({ pid, startedAt: 'another life' });
    writeFileSync(join(directory, `launcher.${pid}.lock`), claim);
    const lock = await lockDirectory(directory);
    expect(readdirSync(directory)).toEqual([`launcher.${process.pid}.lock`]);
    lock.release();
  });
});
