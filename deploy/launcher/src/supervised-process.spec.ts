import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@gatehouse/kernel/testing';
import { ChildRegister } from './child-register';
import { LogFiles } from './log-files';
import { SupervisedProcess } from './supervised-process';

const IDLE = 'console.log("up"); setInterval(() => undefined, 1000)';

let directory: string;
let logs: LogFiles;
let register: ChildRegister;
let process_: SupervisedProcess;
const faults: Error[] = [];

const signal = new AbortController().signal;
const starts = (): number => readFileSync(logs.path('child'), 'utf8').split('up\n').length - 1;

const supervise = (code: string, isReady: () => Promise<boolean>): SupervisedProcess => {
  const script = join(directory, 'child.cjs');
  writeFileSync(script, code);
  const args = ['--require', join(__dirname, '../bin/exit-with-parent.cjs'), script];
  process_ = new SupervisedProcess({ name: 'child', args, env: process.env, isReady }, logs, register);
  process_.start();
  return process_;
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-supervised-'));
  logs = new LogFiles(join(directory, 'logs'));
  register = new ChildRegister(join(directory, 'children.json'), (error) => void faults.push(error));
});

afterEach(async () => {
  await process_.stop();
  logs.close();
  rmSync(directory, { recursive: true });
});

describe('SupervisedProcess', () => {
  it('starts a killed child again', async () => {
    const child = supervise(IDLE, async () => starts() === 1);
    await child.waitUntilReady(signal);
    const { pid } = child;
    process.kill(pid ?? 0, 'SIGKILL');
    await until(() => starts() === 2, 'a second start');
    expect(child.pid).not.toBe(pid);
  });

  it('gives up waiting for one that keeps dying, and shows its last words', async () => {
    const child = supervise('console.error("no luck"); process.exit(1)', async () => false);
    await expect(child.waitUntilReady(signal)).rejects.toThrow(/child keeps dying[^]*no luck/);
  });

  it('does not start again what was stopped', async () => {
    const child = supervise(IDLE, async () => starts() === 1);
    await child.waitUntilReady(signal);
    await child.stop();
    await sleep(100);
    expect(starts()).toBe(1);
    expect(readFileSync(join(directory, 'children.json'), 'utf8')).toBe('{}\n');
  });

  it('ends in order though it was made to stand still', async () => {
    const saysBye = 'process.once("SIGTERM", () => { console.log("bye"); process.exit(); });';
    const child = supervise(`${saysBye} ${IDLE}`, async () => starts() === 1);
    await child.waitUntilReady(signal);
    process.kill(child.pid ?? 0, 'SIGSTOP');
    await child.stop();
    expect(readFileSync(logs.path('child'), 'utf8')).toContain('bye');
  });

  it('is ended by the next launcher when it outlived its own', async () => {
    const child = supervise(IDLE, async () => starts() === 1);
    await child.waitUntilReady(signal);
    const { pid } = child;
    await new ChildRegister(join(directory, 'children.json'), () => undefined).stopOrphans();
    // Its supervisor hears of the end a moment after the killer does.
    await until(() => starts() === 2, 'a second start');
    expect(child.pid).not.toBe(pid);
  });

  it('is started again also while what runs cannot be written down', async () => {
    supervise(IDLE, async () => true);
    await process_.waitUntilReady(signal);
    await until(() => starts() === 1);
    // Nothing can be renamed to it.
    rmSync(join(directory, 'children.json'));
    mkdirSync(join(directory, 'children.json', 'in the way'), { recursive: true });
    process.kill(process_.pid ?? 0, 'SIGKILL');
    await until(() => starts() === 2);
    expect(faults.length).toBeGreaterThan(0);
  });
});
