import type { IncomingHttpHeaders } from 'node:http';
import type { Configuration, Key } from '../../domain/configuration';
import { Refusal } from '../../domain/refusal';
import type { HttpSettings } from './http-settings';

/** The one value of a header. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/**
 * The key of a request. Our own headers come before `Authorization`, which clients of other gateways fill with
 * something else. A key that was never issued here is told by its check value. Throws Refusal `invalid_api_key`, with the
 * same words for a missing, unknown or revoked key; `workspace_archived`.
 */
export const authenticate = (
  headers: IncomingHttpHeaders,
  configuration: Configuration,
  { peppers }: Pick<HttpSettings, 'peppers'>,
): Key => {
  const presented =
    headerOf(headers, 'x-gatehouse-api-key') ?? headerOf(headers, 'x-portkey-api-key') ?? bearerOf(headers);
  const { hashes } = (presented !== undefined && peppers.recognize(presented)) || { hashes: [] };
  for (const hash of hashes) {
    const known = configuration.keyOf(hash);
    if (known) return served(configuration, known);
  }
  const message = 'The API key is missing or not valid: send it as "Authorization: Bearer <key>".';
  throw new Refusal('invalid_api_key', message);
};

/** The key as it may be served now. Throws Refusal `workspace_archived`. */
export const served = (configuration: Configuration, key: Key): Key => {
  if (configuration.workspaceOf(key.workspaceId)?.archived) {
    throw new Refusal('workspace_archived', 'The workspace of this API key is archived.');
  }
  return key;
};

const bearerOf = ({ authorization }: IncomingHttpHeaders): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
