import { Signal } from '@gatehouse/kernel';
import { ConfigLog, type ConfigPage, type VersionedEntry } from './gateway-config.ports';
import { type ConfigPart, watchConfig } from './watch-config';

/** Entries by id, each at the version of its last change. */
class FakeConfigLog extends ConfigLog {
  readonly risen = new Signal();
  readonly reads: bigint[] = [];
  private readonly entries = new Map<string, VersionedEntry>();
  private head = 0n;

  set(id: string, live = true): void {
    this.head++;
    this.entries.set(id, { version: this.head, id, encoded: live ? new Uint8Array(10) : undefined });
    this.risen.raise();
  }

  async after(version: bigint, limit: number): Promise<ConfigPage> {
    this.reads.push(version);
    const entries = [...this.entries.values()]
      .filter((entry) => entry.version > version)
      .sort((some, other) => Number(some.version - other.version))
      .slice(0, limit);
    return { head: this.head, entries };
  }
}

const shown = ({ version, reset, complete, entries }: ConfigPart) => ({
  version: Number(version),
  reset,
  complete,
  entries: entries.map(({ id, encoded }) => (encoded ? id : `-${id}`)),
});

describe('watching the configuration', () => {
  const leaving = new AbortController();
  afterAll(() => leaving.abort());

  const watch = (log: ConfigLog, afterVersion: bigint, options = {}) => {
    const messages = watchConfig(log, { afterVersion, signal: leaving.signal, ...options });
    return async () => {
      const { value } = await messages.next();
      return value && shown(value);
    };
  };

  it('sends a snapshot in parts, then changes', async () => {
    const log = new FakeConfigLog();
    for (const id of ['a', 'b', 'c']) log.set(id);
    const next = watch(log, 0n, { pageSize: 2 });
    expect(await next()).toEqual({ version: 2, reset: true, complete: false, entries: ['a', 'b'] });
    expect(await next()).toEqual({ version: 3, reset: false, complete: true, entries: ['c'] });
    log.set('a', false);
    expect(await next()).toEqual({ version: 4, reset: false, complete: true, entries: ['-a'] });
  });

  it('leaves out of a snapshot what is gone, and tells what goes while it is sent', async () => {
    const log = new FakeConfigLog();
    for (const id of ['a', 'b', 'c']) log.set(id);
    log.set('b', false);
    const next = watch(log, 0n, { pageSize: 1 });
    expect(await next()).toEqual({ version: 1, reset: true, complete: false, entries: ['a'] });
    log.set('a', false);
    expect(await next()).toEqual({ version: 3, reset: false, complete: false, entries: ['c'] });
    expect(await next()).toEqual({ version: 4, reset: false, complete: false, entries: [] });
    expect(await next()).toEqual({ version: 5, reset: false, complete: false, entries: ['-a'] });
    expect(await next()).toEqual({ version: 5, reset: false, complete: true, entries: [] });
  });

  it('says at once that there is nothing', async () => {
    expect(await watch(new FakeConfigLog(), 0n)()).toEqual({
      version: 0,
      reset: true,
      complete: true,
      entries: [],
    });
  });

  it('goes on from the version that the watcher has', async () => {
    const log = new FakeConfigLog();
    for (const id of ['a', 'b', 'c']) log.set(id);
    const next = watch(log, 2n);
    expect(await next()).toEqual({ version: 3, reset: false, complete: true, entries: ['c'] });
    expect(await watch(log, 3n)()).toEqual({ version: 3, reset: false, complete: true, entries: [] });
  });

  it('sends a snapshot to whoever has a version that never was', async () => {
    const log = new FakeConfigLog();
    log.set('a');
    expect(await watch(log, 7n)()).toEqual({ version: 1, reset: true, complete: true, entries: ['a'] });
  });

  it('splits messages by size', async () => {
    const log = new FakeConfigLog();
    for (const id of ['a', 'b', 'c']) log.set(id);
    const next = watch(log, 0n, { messageBytes: 25 });
    expect(await next()).toEqual({ version: 2, reset: true, complete: false, entries: ['a', 'b'] });
    expect(await next()).toEqual({ version: 3, reset: false, complete: true, entries: ['c'] });
  });

  it('reads no further than the watcher has taken', async () => {
    const log = new FakeConfigLog();
    for (const id of ['a', 'b', 'c', 'd']) log.set(id);
    const next = watch(log, 0n, { pageSize: 1 });
    await next();
    expect(log.reads).toEqual([0n, 0n]);
    await next();
    expect(log.reads).toEqual([0n, 0n, 1n]);
  });
});
