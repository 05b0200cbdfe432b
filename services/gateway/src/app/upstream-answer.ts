import { brotliDecompressSync, unzipSync } from 'node:zlib';
import { Refusal } from '../domain/refusal';
import type { Secrets } from '../domain/secrets';

/** Headers of a provider's answer that mean the same to the client. Its rate limits speak of our account. */
const RELAYED_HEADERS = ['content-type', 'openai-model', 'openai-processing-ms', 'openai-version'] as const;

/** Answers of things between us and the model: whether it ran, and was billed, they do not know. */
const STATUSES_IN_DOUBT: ReadonlySet<number> = new Set([
  408, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527,
]);

export type UpstreamHeaders = Readonly<Record<string, string | undefined>>;

export const relayedHeaders = (headers: UpstreamHeaders, secrets: Secrets): Record<string, string> => {
  const relayed: Record<string, string> = {};
  for (const name of RELAYED_HEADERS) {
    const value = headers[name];
    if (value !== undefined && !secrets.occurInText(value)) relayed[name] = value;
  }
  return relayed;
};

/** Turns a body into what it stands for; undefined when that cannot be told, or is larger than `bytesMax`. */
export const decodedBody = (body: Buffer, headers: UpstreamHeaders, bytesMax: number): Buffer | undefined => {
  const options = { maxOutputLength: bytesMax };
  try {
    switch (headers['content-encoding'] ?? 'identity') {
      case 'identity':
        return body;
      case 'gzip':
      case 'deflate':
        return unzipSync(body, options);
      case 'br':
        return brotliDecompressSync(body, options);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
};

/** A status of 400 and above that does not prove that nothing was generated. */
export const leavesDoubt = (status: number): boolean => STATUSES_IN_DOUBT.has(status);

/** A failing answer of the provider as the client may see it: our own words, or its status and body, redacted. */
export type ErrorAnswer =
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | {
      readonly kind: 'relay';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: Buffer;
    };

/**
 * 401 and 403 speak of our credential, not of the caller's, and 5xx of the provider: both become a 502 in our words.
 * Other 4xx keep status and body. `body` is undefined when it did not arrive whole, or
 * cannot be read.
 */
export const errorAnswer = (
  status: number,
  headers: UpstreamHeaders,
  body: Buffer | undefined,
  secrets: Secrets,
): ErrorAnswer => {
  const retryAfter = retryAfterOf(headers);
  if (status === 401 || status === 403) {
    return refused('provider_error', "The provider did not accept the integration's credential.");
  }
  if (status < 400 || status >= 500) {
    return refused('provider_error', `The provider failed with status ${status}.`, retryAfter);
  }
  const unreadable = body === undefined || secrets.short;
  const relayed = relayedHeaders(headers, secrets);
  if (retryAfter !== undefined) relayed['retry-after'] = String(retryAfter);
  if (unreadable) {
    const error = {
      message: `The provider refused the request with status ${status}.`,
      type: 'provider_error',
    };
    const text = JSON.stringify({ error: { ...error, code: 'provider_error', param: null } });
    return {
      kind: 'relay',
      status,
      headers: { ...relayed, 'content-type': 'application/json' },
      body: Buffer.from(text),
    };
  }
  return { kind: 'relay', status, headers: relayed, body: secrets.redact(body) };
};

const refused = (code: 'provider_error', message: string, retryAfterSeconds?: number): ErrorAnswer => ({
  kind: 'refusal',
  refusal: new Refusal(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

const retryAfterOf = (headers: UpstreamHeaders): number | undefined => {
  const value = headers['retry-after'];
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
};
