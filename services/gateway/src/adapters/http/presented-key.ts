import type { IncomingHttpHeaders } from 'node:http';
import type { Peppers } from '@gatehouse/access';
import type { AccessScope } from '@gatehouse/kernel';
import type { Configuration, Key } from '../../domain/configuration';
import { Refusal } from '../../domain/refusal';

/** The one value of a header. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** A key with the hash of the secret that was presented for it. */
export interface Presented {
  readonly key: Key;
  readonly hash: string;
}

/**
 * The hashes of the key that a request presents, none where it presents none that was ever issued here, which is told by its check value. Our
 * own headers come before `Authorization`, which clients of other gateways fill with something else.
 */
export const presentedIn = (
  headers: IncomingHttpHeaders,
  { peppers }: { readonly peppers: Peppers },
): readonly string[] => {
  const presented = keyIn(headers);
  return (presented !== undefined && peppers.recognize(presented)?.hashes) || [];
};

/**
 * The key that one of these hashes is of. Throws Refusal `invalid_api_key`, with the same words for a missing, unknown, revoked or
 * expired key; as `served` refuses.
 */
export const authenticate = (
  hashes: readonly string[],
  configuration: Configuration,
  at: Date,
): Presented => {
  for (const hash of hashes) {
    const known = configuration.keyOf(hash, at);
    if (known) return { key: served(configuration, known), hash };
  }
  const message = 'The API key is missing or not valid: send it as "Authorization: Bearer <key>".';
  throw new Refusal('invalid_api_key', message);
};

/** Ours, that of clients of another gateway, and what SDKs of vendors send. What is empty is not there. */
const keyIn = (headers: IncomingHttpHeaders): string | undefined =>
  headerOf(headers, 'x-gatehouse-api-key') ||
  headerOf(headers, 'x-portkey-api-key') ||
  bearerOf(headers) ||
  headerOf(headers, 'x-api-key') ||
  headerOf(headers, 'api-key') ||
  undefined;

/** What a key needs for every call. */
const SCOPE: AccessScope = 'completions.write';

/** The key as it may be served now. Throws Refusal `workspace_archived`, `missing_scope`. */
export const served = (configuration: Configuration, key: Key): Key => {
  if (configuration.workspaceOf(key.workspaceId)?.archived) {
    throw new Refusal('workspace_archived', 'The workspace of this API key is archived.');
  }
  if (key.scopes.size > 0 && !key.scopes.has(SCOPE)) {
    const message = `You have insufficient permissions for this operation. Missing scopes: ${SCOPE}.`;
    throw new Refusal('missing_scope', message);
  }
  return key;
};

const bearerOf = ({ authorization }: IncomingHttpHeaders): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
