import { answerUnusable, credentialRejected, issuerUnavailable } from '../auth-errors';
import type { AwsKeys } from '../provider-credential';
import { askIssuer } from '../tokens/ask-issuer';
import type { TokenRequest, TokenTransport } from '../tokens/token-transport';

export const STS_VERSION = '2011-06-15';
export const STS_FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

export interface TemporaryKeys {
  readonly keys: AwsKeys;
  readonly expiresAt: Date;
}

/**
 * What STS says of a credential, in its words. `SignatureDoesNotMatch` may be this machine's clock, and a signature
 * that it calls expired is.
 */
const REJECTIONS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'MissingAuthenticationToken',
  'OptInRequired',
  'RegionDisabledException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'ValidationError',
]);
/** Some of them come with status 400. */
const DELAYS: ReadonlySet<string> = new Set([
  'InternalFailure',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
]);

/** Asks STS for temporary keys. */
export const askSts = async (transport: TokenTransport, request: TokenRequest): Promise<TemporaryKeys> => {
  const answer = await askIssuer(transport, 'aws-sts', request);
  if (answer.status >= 400) throw refusalIn(answer.body);
  return keysIn(answer.body);
};

/**
 * STS answers in XML, of which we want four texts. Keys and tokens are base64 or simpler: what would need an XML parser
 * (entities, CDATA, attributes) does not match, and an answer that does not match is refused.
 */
const textOf = (element: string, within: string): string | undefined => {
  const found = new RegExp(`<${element}>\\s*([A-Za-z0-9+/=_:.-]+)\\s*</${element}>`).exec(within);
  return found?.[1];
};

const keysIn = (answer: string): TemporaryKeys => {
  const credentials = /<Credentials>([^]*?)<\/Credentials>/.exec(answer)?.[1] ?? '';
  const accessKeyId = textOf('AccessKeyId', credentials);
  const secretAccessKey = textOf('SecretAccessKey', credentials);
  const sessionToken = textOf('SessionToken', credentials);
  const expiresAt = new Date(textOf('Expiration', credentials) ?? NaN);
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresAt.getTime())) {
    throw answerUnusable('aws-sts');
  }
  return { keys: { accessKeyId, secretAccessKey, sessionToken }, expiresAt };
};

const refusalIn = (answer: string): Error => {
  const code = textOf('Code', answer) ?? '';
  if (DELAYS.has(code)) return issuerUnavailable('aws-sts', code);
  return credentialRejected('aws-sts', REJECTIONS.has(code) ? code : undefined);
};
