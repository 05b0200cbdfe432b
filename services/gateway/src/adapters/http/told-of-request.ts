import type { IncomingHttpHeaders } from 'node:http';
import { invalidRequest } from '../../domain/refusal';
import type { ToldOfRequest } from '../../domain/usage-record';
import { headerOf } from './presented-key';
import { traceParentIn } from './trace-parent';

const METADATA_HEADERS = ['x-gatehouse-metadata', 'x-portkey-metadata'] as const;
const TRACE_HEADERS = ['x-gatehouse-trace-id', 'x-portkey-trace-id'] as const;
const PAIRS_MAX = 16;
const KEY_CHARACTERS_MAX = 64;
const VALUE_CHARACTERS_MAX = 128;
const TRACE_CHARACTERS_MAX = 128;
/** The key under which metadata names the client's own user. */
const USER = '_user';
/** No record could name it: objects that are filled key by key take it for their prototype. */
const NO_KEY = '__proto__';

type Metadata = ToldOfRequest['metadata'];
const NOTHING: Metadata = {};

/** What a head says for the accounts. */
export type ToldInHead = Pick<ToldOfRequest, 'metadata' | 'traceId'>;

/**
 * The trace is that of `traceparent` where no header names one. Throws Refusal for metadata that is no JSON object of short texts, numbers
 * and truths, or too much of it, or that has a key `__proto__`.
 */
export const toldInHead = (headers: IncomingHttpHeaders): ToldInHead => ({
  metadata: metadataOf(headers),
  traceId: traceOf(headers),
});

/**
 * What is told of a request for the accounts.
 *
 * @param defaults of its workspace: what it is counted by under keys that it says nothing of.
 */
export const toldOf = (
  { metadata: own, traceId }: ToldInHead,
  defaults: Metadata = NOTHING,
): ToldOfRequest => {
  const metadata = own === NOTHING ? defaults : { ...defaults, ...own };
  return { metadata, user: metadata[USER] ?? '', traceId };
};

const metadataOf = (headers: IncomingHttpHeaders): Metadata => {
  for (const name of METADATA_HEADERS) {
    const text = headerOf(headers, name);
    if (text !== undefined) return metadataIn(name, text);
  }
  return NOTHING;
};

const metadataIn = (name: string, json: string): Metadata => {
  const parsed = parsedObject(json);
  if (!parsed) throw invalidRequest(`'${name}' must be a JSON object.`, name);
  const pairs = Object.entries(parsed);
  if (pairs.length > PAIRS_MAX)
    throw invalidRequest(`'${name}' must not have more than ${PAIRS_MAX} pairs.`, name);
  if (Object.hasOwn(parsed, NO_KEY)) throw invalidRequest(`'${name}' must not have a key '${NO_KEY}'.`, name);
  return Object.fromEntries(
    pairs.map(([key, value]) => {
      const text = textOf(value);
      if (
        text === undefined ||
        !isBetween(key, 1, KEY_CHARACTERS_MAX) ||
        !isBetween(text, 0, VALUE_CHARACTERS_MAX)
      )
        throw invalidRequest(
          `'${name}' must map keys of 1 to ${KEY_CHARACTERS_MAX} characters to texts of at most ${VALUE_CHARACTERS_MAX}.`,
          name,
        );
      return [key, text];
    }),
  );
};

const parsedObject = (text: string): object | undefined => {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;

/** No database takes a NUL. */
const isBetween = (text: string, min: number, max: number): boolean =>
  text.length >= min && text.length <= max && !text.includes('\0');

const traceOf = (headers: IncomingHttpHeaders): string => {
  for (const name of TRACE_HEADERS) {
    const named = headerOf(headers, name);
    if (named !== undefined) return named.slice(0, TRACE_CHARACTERS_MAX);
  }
  return traceParentIn(headerOf(headers, 'traceparent'))?.traceId ?? '';
};
