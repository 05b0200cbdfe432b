import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncToDisk } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { ConfigurationFile } from './configuration-file';

const LIMITED = 1;

const entry = (id: string, revision?: bigint): provisioningV1.ConfigEntry =>
  provisioningV1.ConfigEntry.fromPartial({
    id,
    ...(revision !== undefined && { value: { $case: 'organization', value: { revision, limited: true } } }),
  });

const message = (
  version: bigint,
  entries: readonly provisioningV1.ConfigEntry[],
  more: Partial<provisioningV1.WatchResponse> = {},
): provisioningV1.WatchResponse => ({
  version,
  reset: false,
  complete: true,
  entries: [...entries],
  ...more,
});

describe('the saved configuration', () => {
  let directory: string;
  let errors: unknown[];
  let opened: ConfigurationFile[];

  const size = (): number => statSync(join(directory, 'configuration.log')).size;

  /** As a process begins: what an earlier one left, as a map of revisions, and the version that it reached. */
  const open = (compactAfterBytes?: number) => {
    const log = { error: (fields: object) => errors.push(fields) };
    const file = new ConfigurationFile(directory, syncToDisk, log, compactAfterBytes);
    opened.push(file);
    const entries = new Map<string, bigint>();
    let version = 0n;
    let complete = true;
    for (const read of file.messages()) {
      if (read.reset) entries.clear();
      for (const { id, value } of read.entries) {
        if (value?.$case === 'organization') entries.set(id, value.value.revision);
        else entries.delete(id);
      }
      ({ version, complete } = read);
    }
    return { file, version, complete, entries: Object.fromEntries(entries) };
  };
  const snapshot = (file: ConfigurationFile, count: number): void => {
    const ids = Array.from({ length: count }, (_, index) => entry(`e${index}`, 1n));
    file.add(message(1n, ids.slice(0, LIMITED), { reset: true, complete: false }));
    file.add(message(BigInt(count), ids.slice(LIMITED)));
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-configuration-'));
    errors = [];
    opened = [];
  });
  afterEach(async () => {
    for (const file of opened) await file.close();
    rmSync(directory, { recursive: true, force: true });
    expect(errors).toEqual([]);
  });

  it('is the last snapshot and what changed since', async () => {
    const { file, entries } = open();
    expect(entries).toEqual({});
    snapshot(file, 3);
    file.add(message(4n, [entry('e1', 2n), entry('e2')]));
    await file.close();
    expect(open()).toMatchObject({ version: 4n, complete: true, entries: { e0: 1n, e1: 2n } });
  });

  it('grows by a change, whatever there is', async () => {
    const { file } = open();
    snapshot(file, 10_000);
    await until(() => size() > 0, 'the snapshot to be on disk');
    const whole = size();
    file.add(message(10_001n, [entry('e1', 2n)]));
    file.flush();
    expect(size() - whole).toBeLessThan(100);
    expect(whole).toBeGreaterThan(100_000);
  });

  it('leaves out a frame that was not written whole, and is gone on from there', async () => {
    const { file } = open();
    snapshot(file, 2);
    file.add(message(3n, [entry('e0', 2n)]));
    await file.close();
    truncateSync(join(directory, 'configuration.log'), size() - 1);
    const torn = open();
    expect(torn).toMatchObject({ version: 2n, entries: { e0: 1n, e1: 1n } });
    torn.file.add(message(3n, [entry('e0', 3n)]));
    await torn.file.close();
    appendFileSync(join(directory, 'configuration.log'), Buffer.alloc(64, 1));
    expect(open()).toMatchObject({ version: 3n, entries: { e0: 3n, e1: 1n } });
  });

  it('stays as it was where a snapshot did not come to its end', async () => {
    const { file } = open();
    snapshot(file, 2);
    file.add(message(5n, [entry('other', 1n)], { reset: true, complete: false }));
    file.abandonSnapshot();
    file.add(message(3n, [entry('e0', 2n)]));
    await file.close();
    expect(open()).toMatchObject({ version: 3n, entries: { e0: 2n, e1: 1n } });
  });

  it('is made into a snapshot again where the changes have outgrown it, and loses none that come meanwhile', async () => {
    const { file } = open(4_096);
    snapshot(file, 20);
    await until(() => size() > 0, 'the snapshot to be on disk');
    let revision = 2n;
    for (; revision < 400n; revision++) file.add(message(revision, [entry('e0', revision), entry('e1')]));
    file.flush();
    const outgrown = size();
    file.add(message(revision, [entry('e0', revision)]));
    await until(() => {
      file.add(message(++revision, [entry('e0', revision)]));
      return size() < outgrown / 2;
    }, 'it to be smaller');
    await file.close();
    const { entries, version, complete } = open();
    expect({ version, complete }).toEqual({ version: revision, complete: true });
    expect(Object.keys(entries)).toHaveLength(19);
    expect(entries['e0']).toBe(revision);
  });
});
