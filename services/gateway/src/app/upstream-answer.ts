import type { Dialect } from '../domain/dialects/dialect';
import { DIALECTS } from '../domain/passages';
import { Refusal } from '../domain/refusal';
import type { Secrets } from '../domain/secrets';
import type { FailureWords } from '../domain/surfaces/surface';

export type UpstreamHeaders = Readonly<Record<string, string | undefined>>;

/** Of the head of a provider's answer, by names in lower case: what is looked at here, or relayed for some language. */
export const HEARD_HEADERS: readonly string[] = [
  ...['content-type', 'content-encoding', 'retry-after', 'retry-after-ms', 'x-should-retry'],
  ...Object.values(DIALECTS).flatMap(({ answerHeaders }) => answerHeaders),
];

/** Of the head of a provider's answer: what means the same to the client. Its rate limits speak of our account. */
export const relayedHeaders = (
  headers: UpstreamHeaders,
  names: readonly string[],
  secrets: Secrets,
): Record<string, string> => {
  const relayed: Record<string, string> = {};
  const { 'content-type': type } = headers;
  if (type !== undefined) relayed['content-type'] = type;
  let said = type ?? '';
  for (const name of names) {
    const value = headers[name];
    if (value === undefined) continue;
    relayed[name] = value;
    said += `\n${value}`;
  }
  // One search for all, which hardly ever finds anything.
  return secrets.occurInText(said) ? withoutSecrets(relayed, secrets) : relayed;
};

const withoutSecrets = (
  headers: Readonly<Record<string, string>>,
  secrets: Secrets,
): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => !secrets.occurInText(value)));

/** A failing answer of the provider as the client may see it: our own words, or its status and body, redacted. */
export type ErrorAnswer =
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | {
      readonly kind: 'relay';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: Buffer;
    };

/** What a provider said that failed. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  /** In the client's language; undefined when it did not arrive whole, or cannot be read. */
  readonly body: Buffer | undefined;
  /** It speaks of our credential. */
  readonly refusesCredential: boolean;
}

/** Who said it, to whom it is told, and what must not be. */
export interface ErrorReading {
  readonly dialect: Pick<Dialect, 'answerHeaders'>;
  readonly surface: Pick<FailureWords, 'refusal'>;
  readonly secrets: Secrets;
  readonly now: Date;
}

/**
 * What speaks of our credential, and 5xx of the provider, become a 502 in our words. Other 4xx keep status and body.
 */
export const errorAnswer = (
  { status, headers, body, refusesCredential }: FailedAnswer,
  { dialect, surface, secrets, now }: ErrorReading,
): ErrorAnswer => {
  if (refusesCredential) {
    return refused("The provider did not accept the integration's credential.");
  }
  if (status < 400 || status >= 500) {
    return refused(`The provider failed with status ${status}.`, retryAfterOf(headers, now));
  }
  const relayed = {
    ...relayedHeaders(headers, dialect.answerHeaders, secrets),
    ...retryHeaders(headers, now),
  };
  if (body !== undefined && !secrets.shortOccurIn(body)) {
    return { kind: 'relay', status, headers: relayed, body: secrets.redact(body) };
  }
  const message = `The provider refused the request with status ${status}.`;
  return {
    kind: 'relay',
    status,
    headers: { ...relayed, 'content-type': 'application/json' },
    body: Buffer.from(surface.refusal(new Refusal('provider_error', message))),
  };
};

const refused = (message: string, retryAfterSeconds?: number): ErrorAnswer => ({
  kind: 'refusal',
  refusal: new Refusal(
    'provider_error',
    message,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  ),
});

const RETRY_SECONDS_MAX = 999_999;

/** Whole seconds, of a number of them or of a date; undefined for what is neither. */
const retryAfterOf = ({ 'retry-after': value }: UpstreamHeaders, now: Date): number | undefined => {
  if (value === undefined) return undefined;
  const seconds = /^\d{1,6}(\.\d{1,9})?$/.test(value) ? Number(value) : secondsUntilDate(value, now);
  return seconds >= 0 && seconds <= RETRY_SECONDS_MAX ? Math.ceil(seconds) : undefined;
};

/** NaN for what is no date as HTTP writes them. */
const secondsUntilDate = (value: string, now: Date): number =>
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)
    ? Math.max(0, (Date.parse(value) - now.getTime()) / 1_000)
    : Number.NaN;

/** What tells clients when to ask again, as far as it is what it should be. */
const retryHeaders = (headers: UpstreamHeaders, now: Date): Record<string, string> => {
  const after = retryAfterOf(headers, now);
  const { 'retry-after-ms': ms = '', 'x-should-retry': should = '' } = headers;
  return {
    ...(after !== undefined && { 'retry-after': String(after) }),
    ...(/^\d{1,9}(\.\d{1,9})?$/.test(ms) && { 'retry-after-ms': ms }),
    ...(/^(true|false)$/.test(should) && { 'x-should-retry': should }),
  };
};
