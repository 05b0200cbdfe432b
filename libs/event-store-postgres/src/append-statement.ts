import { assertAppendSize, canonicalJson, eventIdReused, revisionMismatch } from '@gatehouse/event-store';
import type { ExpectedRevision, JsonObject, NewEvent, StreamAppend } from '@gatehouse/event-store';
import { AppError } from '@gatehouse/kernel';
import { DatabaseError, type QueryArrayConfig } from 'pg';
import { AS_TEXT } from './event-row';
import { textArray } from './text-array';

/** Named, so that each connection parses and plans it once. */
export const appendStatement = (
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): QueryArrayConfig => {
  const data = textArray(events.map((event) => canonicalJson(event.data)));
  const metadata = textArray(metadataOf(events));
  assertAppendSize(data.length + metadata.length);
  return {
    name: 'gatehouse-append',
    text: 'SELECT revision, "position" FROM event_store.append($1, $2, $3, $4, $5, $6, $7)',
    values: [
      stream,
      toCode(expected),
      `{${events.map(({ id }) => id).join(',')}}`,
      textArray(events.map(({ type }) => type)),
      `{${events.map(({ version }) => version).join(',')}}`,
      data,
      metadata,
    ],
    rowMode: 'array',
    types: AS_TEXT,
  };
};

/** To several streams of one organization, each of them once. INVALID where all of it is too much for one append. */
export const appendEachStatement = (appends: readonly StreamAppend[]): QueryArrayConfig => {
  const events = appends.flatMap((append) => append.events);
  const data = textArray(events.map((event) => canonicalJson(event.data)));
  const metadata = textArray(metadataOf(events));
  assertAppendSize(data.length + metadata.length);
  return {
    name: 'gatehouse-append-each',
    text: `SELECT unnest(revisions), unnest(positions)
      FROM event_store.append_each($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [
      textArray(appends.map(({ stream }) => stream)),
      `{${appends.map(({ expected }) => toCode(expected)).join(',')}}`,
      `{${appends.flatMap((append, index) => append.events.map(() => index + 1)).join(',')}}`,
      `{${events.map(({ id }) => id).join(',')}}`,
      textArray(events.map(({ type }) => type)),
      `{${events.map(({ version }) => version).join(',')}}`,
      data,
      metadata,
    ],
    rowMode: 'array',
    types: AS_TEXT,
  };
};

/** The refusals of event_store.append as the port names them. */
export const fromAppendError = (error: unknown): unknown => {
  if (!(error instanceof DatabaseError)) return error;
  switch (error.code) {
    case 'GH409':
      return revisionMismatch(error.detail === 'none' ? undefined : BigInt(error.detail ?? ''));
    case UNIQUE_VIOLATION:
      return error.constraint === 'event_event_id_key' ? eventIdReused(idIn(error.detail)) : error;
    case 'GH403':
      return new AppError('FORBIDDEN', 'APPEND_NOT_YOURS', {
        metadata: { fault: error.message },
        cause: error,
      });
    case 'GH400':
      return new AppError('INVALID', 'APPEND_MALFORMED', { metadata: { fault: error.message } });
    case undefined:
    default:
      return error;
  }
};

const UNIQUE_VIOLATION = '23505';

/** From `Key (event_id)=(…) already exists.` */
const idIn = (detail = ''): string => /=\((.*?)\)/.exec(detail)?.[1] ?? '';

const toCode = (expected: ExpectedRevision): bigint => {
  switch (expected) {
    case 'none':
      return -1n;
    case 'any':
      return -2n;
    case 'exists':
      return -4n;
    default:
      return expected;
  }
};

/** The events of one command share their metadata: it is spelled and sent once. */
const metadataOf = (events: readonly NewEvent[]): readonly string[] => {
  const shared = events[0]?.metadata;
  const each = events.every(({ metadata }) => metadata === shared) ? events.slice(0, 1) : events;
  return each.map(({ metadata }) => canonicalJson(metadata as unknown as JsonObject));
};
