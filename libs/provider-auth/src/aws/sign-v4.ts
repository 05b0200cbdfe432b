import { Hash } from '@smithy/hash-node';
import { clearCredentialCache, SignatureV4 } from '@smithy/signature-v4';
import { credentialMalformed } from '../auth-errors';
import type { Headers, OutgoingRequest } from '../outgoing-request';
import type { AwsKeys, AwsScope } from '../provider-credential';
import { keyIn } from '../static-headers';

const SHA256 = Hash.bind(null, 'sha256');
const ACCESS_KEY_ID = /^\w{4,128}$/;
const REGION = /^[a-z]{2,8}(-[a-z]{2,16}){1,2}-[0-9]{1,2}$/;
const SET_BY_SIGNING = ['authorization', 'x-amz-date', 'x-amz-security-token'] as const;

/**
 * The headers that make a request AWS's: Signature Version 4 over method, path, query, host, the request's headers and
 * body. The path's segments, which are encoded in the URL, are encoded once more for it, as every service but S3 does.
 */
export const signV4 = async (
  keys: AwsKeys,
  scope: AwsScope,
  request: OutgoingRequest,
  now: Date,
): Promise<Headers> => {
  const signer = new SignatureV4({
    service: scope.service,
    region: regionIn(scope.region),
    credentials: checked(keys),
    sha256: SHA256,
    // The digest of the body is in the signature; only S3 wants it in a header too.
    applyChecksum: false,
  });
  try {
    const { headers } = await signer.sign(wireForm(request), { signingDate: now });
    return Object.fromEntries(
      SET_BY_SIGNING.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
    );
  } finally {
    // The signer keeps signing keys, with session tokens beside them, for the process's life. We keep no secret open.
    clearCredentialCache();
  }
};

/** The name of a region, which becomes part of a host and of a header. */
export const regionIn = (region: string): string => {
  if (!REGION.test(region)) throw credentialMalformed('region');
  return region;
};

const checked = (keys: AwsKeys): AwsKeys => {
  if (!ACCESS_KEY_ID.test(keys.accessKeyId)) throw credentialMalformed('accessKeyId');
  keyIn('secretAccessKey', keys.secretAccessKey);
  if (keys.sessionToken !== undefined) keyIn('sessionToken', keys.sessionToken);
  return keys;
};

type Signable = Parameters<SignatureV4['sign']>[0];

const wireForm = ({ method, url, headers, body }: OutgoingRequest): Signable => ({
  method,
  protocol: url.protocol,
  hostname: url.hostname,
  path: url.pathname,
  query: queryOf(url),
  headers: { ...headers, host: url.host },
  body,
});

const queryOf = (url: URL): Record<string, string | string[]> => {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) query[name] = url.searchParams.getAll(name);
  return query;
};
