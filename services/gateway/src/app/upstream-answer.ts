import { brotliDecompressSync, unzipSync } from 'node:zlib';
import type { Dialect } from '../domain/dialects/dialect';
import { Refusal } from '../domain/refusal';
import type { Secrets } from '../domain/secrets';
import type { FailureWords } from '../domain/surfaces/surface';

export type UpstreamHeaders = Readonly<Record<string, string | undefined>>;

/** Of the head of a provider's answer: what means the same to the client. Its rate limits speak of our account. */
export const relayedHeaders = (
  headers: UpstreamHeaders,
  names: readonly string[],
  secrets: Secrets,
): Record<string, string> => {
  const relayed: Record<string, string> = {};
  for (const name of ['content-type', ...names]) {
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

/** A failing answer of the provider as the client may see it: our own words, or its status and body, redacted. */
export type ErrorAnswer =
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | {
      readonly kind: 'relay';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: Buffer;
    };

/** Who said it, to whom it is told, and what must not be. */
export interface ErrorReading {
  readonly dialect: Pick<Dialect, 'answerHeaders'>;
  readonly surface: Pick<FailureWords, 'refusal'>;
  readonly secrets: Secrets;
}

/**
 * 401 and 403 speak of our credential, not of the caller's, and 5xx of the provider: both become a 502 in our words.
 * Other 4xx keep status and body. `body` is undefined when it did not arrive whole, or
 * cannot be read.
 */
export const errorAnswer = (
  status: number,
  headers: UpstreamHeaders,
  body: Buffer | undefined,
  { dialect, surface, secrets }: ErrorReading,
): ErrorAnswer => {
  const retryAfter = retryAfterOf(headers);
  if (status === 401 || status === 403) {
    return refused('provider_error', "The provider did not accept the integration's credential.");
  }
  if (status < 400 || status >= 500) {
    return refused('provider_error', `The provider failed with status ${status}.`, retryAfter);
  }
  const unreadable = body === undefined || secrets.short;
  const relayed = relayedHeaders(headers, dialect.answerHeaders, secrets);
  if (retryAfter !== undefined) relayed['retry-after'] = String(retryAfter);
  if (unreadable) {
    const text = surface.refusal(
      new Refusal('provider_error', `The provider refused the request with status ${status}.`),
    );
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
