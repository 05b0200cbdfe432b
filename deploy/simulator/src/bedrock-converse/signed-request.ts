import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ApiError } from '../core/api-error';

/** The one pair of AWS keys whose signatures the simulator can check; others are welcome unchecked. */
export const SIMULATED_KEYS = {
  accessKeyId: 'AKIASIMULATOR0000000',
  secretAccessKey: 'simulated/secret/access/key/of/the/simulator',
} as const;

interface Signed {
  readonly accessKeyId: string;
  /** Date, region, service and terminator. */
  readonly scope: readonly string[];
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const PATTERN =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** What an `Authorization` header of SigV4 says; undefined when it is none. */
export const signedBy = ({ authorization = '' }: IncomingHttpHeaders): Signed | undefined => {
  const [, accessKeyId, scope, headers, signature] = PATTERN.exec(authorization) ?? [];
  if (!accessKeyId || !scope || !headers || !signature) return undefined;
  return { accessKeyId, scope: scope.split('/'), signedHeaders: headers.split(';'), signature };
};

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** The path is escaped once more than it is sent, by AWS's rule for all services but one. */
const canonicalOf = (request: IncomingMessage, body: Buffer, signedHeaders: readonly string[]): string => {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  const headers = signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  return [request.method, escaped, query, headers.join(''), signedHeaders.join(';'), sha256(body)].join('\n');
};

/**
 * Checks a signature of the simulated keys over method, path, headers and body.
 * @throws ApiError (403) when it is not theirs.
 */
export const checkSignature = (request: IncomingMessage, body: Buffer): void => {
  const signed = signedBy(request.headers);
  if (signed?.accessKeyId !== SIMULATED_KEYS.accessKeyId) return;
  const { scope, signedHeaders, signature } = signed;
  const date = String(request.headers['x-amz-date']);
  const canonical = sha256(canonicalOf(request, body, signedHeaders));
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${SIMULATED_KEYS.secretAccessKey}`);
  const expected = hmac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'), canonical].join('\n'));
  if (timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return;
  const message =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret ' +
    'Access Key and signing method. Consult the service documentation for details.';
  throw new ApiError(403, 'InvalidSignatureException', message);
};
