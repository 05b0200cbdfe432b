import { crc32 } from 'node:zlib';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Attempt } from '../../app/gateway.ports';
import { fromProtoLeaseFinal, toProtoLeaseFinal } from '../ledger/ledger-messages';
import { fromProtoUsageRecord, toProtoUsageRecord } from '../usage/usage-conversion';

/** An entry of the journal. */
export type JournalEntry =
  | { readonly kind: 'open' | 'settle'; readonly key: string; readonly attempt: Attempt }
  | { readonly kind: 'done'; readonly keys: readonly string[] };

/** What identifies an attempt. */
export const keyOf = ({ record }: Attempt): string => `${record.requestId}.${record.attempt}`;

/** One line: its checksum, a space, and the JSON of the messages that metering is told. */
export const encodeLine = (entry: JournalEntry): Buffer => {
  const json = JSON.stringify(entry.kind === 'done' ? { e: 'done', k: entry.keys } : attemptJson(entry));
  return Buffer.from(`${checksum(json)} ${json}\n`);
};

/** The entry of a line without its line feed; undefined when the line is not whole. */
export const decodeLine = (line: string): JournalEntry | undefined => {
  const json = line.slice(9);
  if (line.slice(0, 9) !== `${checksum(json)} `) return undefined;
  const parsed = JSON.parse(json) as StoredEntry;
  if (parsed.e === 'done') return { kind: 'done', keys: parsed.k };
  const attempt: Attempt = {
    record: fromProtoUsageRecord(meteringV1.UsageRecord.fromJSON(parsed.r)),
    ...(parsed.f !== undefined && {
      final: fromProtoLeaseFinal(meteringV1.CloseLeaseRequest.fromJSON(parsed.f)),
    }),
  };
  return { kind: parsed.e, key: keyOf(attempt), attempt };
};

type StoredEntry =
  | { readonly e: 'open' | 'settle'; readonly r: unknown; readonly f?: unknown }
  | { readonly e: 'done'; readonly k: readonly string[] };

const attemptJson = ({ kind, attempt }: JournalEntry & { kind: 'open' | 'settle' }): StoredEntry => ({
  e: kind,
  r: meteringV1.UsageRecord.toJSON(toProtoUsageRecord(attempt.record)),
  ...(attempt.final && { f: meteringV1.CloseLeaseRequest.toJSON(toProtoLeaseFinal(attempt.final)) }),
});

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');
