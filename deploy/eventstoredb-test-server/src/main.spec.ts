import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { EventStoreDbEventStore } from '@gatehouse/event-store-eventstoredb';
import { sampleEvents } from '@gatehouse/event-store/testing';

/** From the sources, so that no build is needed. */
const COMMAND = ['-r', join(__dirname, '../testing/run-source.cjs'), join(__dirname, 'main.ts')];

describe('the test server as a process', () => {
  const children: ChildProcess[] = [];
  afterEach(() => children.forEach((child) => child.kill('SIGKILL')));
  const run = (...options: string[]): ChildProcess => {
    const child = spawn(process.execPath, [...COMMAND, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    return child;
  };

  it('says where it listens, holds a log, and stops when told to', async () => {
    const child = run('--listen', '127.0.0.1:0');
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const { listening } = JSON.parse(line.toString()) as { listening: string };
    const store = new EventStoreDbEventStore(listening);
    await store.append('stream', sampleEvents(3), 'none');
    expect(await store.read('stream')).toHaveLength(3);
    await store.close();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says what is wrong with its options', async () => {
    const child = run('--listen', 'nowhere');
    const [said] = (await once(child.stderr!, 'data')) as [Buffer];
    expect(said.toString()).toContain('expected HOST:PORT.');
    expect((await once(child, 'exit'))[0]).toBe(1);
  });
});
