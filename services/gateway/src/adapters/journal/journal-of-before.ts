import { readFileSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { UsageRecord } from '../../domain/usage-record';
import { fromProtoUsageRecord } from '../usage/usage-conversion';

/** An attempt of a journal that was written line by line, with a lease of its own for each. */
export interface AttemptOfBefore {
  readonly record: UsageRecord;
  readonly settled: boolean;
  /** Absent where no limit applied. */
  readonly final?: meteringV1.CloseLeaseRequest;
}

const NAME = /^\d{10}\.journal$/;

/** What a journal of the version before holds that was not told everywhere; `damaged` where a line is not whole. */
export const readJournalOfBefore = (
  directory: string,
): { readonly left: readonly AttemptOfBefore[]; readonly damaged: boolean } => {
  const left = new Map<string, AttemptOfBefore>();
  let damaged = false;
  for (const name of namesIn(directory)) {
    for (const line of wholeLines(readFileSync(join(directory, name), 'utf8'))) {
      const entry = decodeLine(line);
      if (!entry) damaged = true;
      else if ('done' in entry) for (const key of entry.done) left.delete(key);
      else left.set(`${entry.record.requestId}.${entry.record.attempt}`, entry);
    }
  }
  return { left: [...left.values()], damaged };
};

/** All of it was told. */
export const deleteJournalOfBefore = (directory: string): void => {
  for (const name of namesIn(directory)) unlinkSync(join(directory, name));
};

const namesIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => NAME.test(name))
    .sort();

/** What stands after the last line feed is a write that never returned. */
const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);

type StoredLine =
  | { readonly e: 'open' | 'settle'; readonly r: unknown; readonly f?: unknown }
  | { readonly e: 'done'; readonly k: readonly string[] };

/** A line is its checksum, a space, and JSON; undefined when it is not whole. */
export const decodeLine = (
  line: string,
): AttemptOfBefore | { readonly done: readonly string[] } | undefined => {
  const json = line.slice(9);
  if (line.slice(0, 9) !== `${crc32(json).toString(16).padStart(8, '0')} `) return undefined;
  const stored = JSON.parse(json) as StoredLine;
  if (stored.e === 'done') return { done: stored.k };
  return {
    record: fromProtoUsageRecord(meteringV1.UsageRecord.fromJSON(stored.r)),
    settled: stored.e === 'settle',
    ...(stored.f !== undefined && { final: meteringV1.CloseLeaseRequest.fromJSON(stored.f) }),
  };
};
