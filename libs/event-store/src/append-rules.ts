import { AppError } from '@gatehouse/kernel';
import type { ExpectedRevision } from './event-store';
import type { NewEvent } from './event';

export const MAX_EVENTS_PER_APPEND = 1000;
/** Data and metadata of one append, as UTF-8 JSON. */
export const MAX_APPEND_BYTES = 1_048_576;
export const MAX_STREAM_LENGTH = 200;
export const MAX_TYPE_LENGTH = 100;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * What every store refuses before it sends anything: INVALID `APPEND_MALFORMED`, with the fault in metadata `fault`.
 * Some engines answer these by breaking the connection, so adapters ask here first.
 */
export const assertAppendable = (
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): void => {
  assertName('stream', stream, MAX_STREAM_LENGTH);
  if (typeof expected === 'bigint' && expected < 0n) throw malformed('the expected revision is negative');
  if (events.length === 0) throw malformed('no events');
  if (events.length > MAX_EVENTS_PER_APPEND) throw malformed(`more than ${MAX_EVENTS_PER_APPEND} events`);
  const ids = new Set<string>();
  for (const { id, type, version } of events) {
    assertName('type', type, MAX_TYPE_LENGTH);
    if (!UUID.test(id)) throw malformed('an event id is not a lower-case UUID');
    if (!Number.isSafeInteger(version) || version < 1) throw malformed('an event version is not 1 or more');
    ids.add(id);
  }
  if (ids.size < events.length) throw malformed('an event id twice');
};

/** INVALID `APPEND_MALFORMED` where data and metadata together are over 1 MiB. */
export const assertAppendSize = (bytes: number): void => {
  if (bytes > MAX_APPEND_BYTES) throw malformed(`over ${MAX_APPEND_BYTES} bytes`);
};

/** The lost race: the stream is not as the append expected it to be. */
export const revisionMismatch = (actual: bigint | undefined): AppError =>
  new AppError('CONFLICT', 'REVISION_MISMATCH', { metadata: { actual: String(actual ?? 'none') } });

/** An event id that the log already holds, in an append that is not a repetition of the first. */
export const eventIdReused = (id: string): AppError =>
  new AppError('INVALID', 'EVENT_ID_REUSED', { metadata: { eventId: id } });

const assertName = (what: string, name: string, maxLength: number): void => {
  if (name === '') throw malformed(`empty ${what}`);
  if (name.length > maxLength) throw malformed(`${what} of more than ${maxLength} characters`);
  if (name.includes('\0')) throw malformed(`${what} with a NUL character`);
};

const malformed = (fault: string): AppError =>
  new AppError('INVALID', 'APPEND_MALFORMED', { metadata: { fault } });
