import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { credentialMalformed } from '../auth-errors';
import { GOOGLE_TOKEN_URL } from '../token-origins';
import { form, oauthToken } from '../tokens/oauth-token';
import type { FreshToken } from '../tokens/token-cache';
import type { TokenTransport } from '../tokens/token-transport';

/** The one scope that Google's AI platform documents; what the account may do there is IAM's matter. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** The longest that Google takes. */
const ASSERTION_SECONDS = 3_600;

/**
 * What is read of a key file. Its `token_uri` is not: whoever can have an admin paste a file would be shown a proof that
 * the account's tokens can be had for. Other types than this name such places too, and are refused.
 */
const keyFile = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1).max(320),
  private_key_id: z.string().min(1).max(256).optional(),
  private_key: z.string(),
});

/** A token of a service account, by an assertion that its key signs (RFC 7523). */
export const tokenByServiceAccount = async (
  transport: TokenTransport,
  json: string,
  now: Date,
): Promise<FreshToken> => {
  const body = form({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await assertionOf(json, now),
  });
  return oauthToken(transport, 'google', { method: 'POST', url: GOOGLE_TOKEN_URL, ...body }, now);
};

const assertionOf = async (json: string, now: Date): Promise<string> => {
  const { client_email: account, private_key: pem, private_key_id: kid } = keyFileIn(json);
  const issuedAt = Math.floor(now.getTime() / 1_000);
  const assertion = new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .setIssuer(account)
    .setAudience(GOOGLE_TOKEN_URL)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ASSERTION_SECONDS);
  try {
    return await assertion.sign(rsaKeyIn(pem));
  } catch {
    // Without its cause, which may quote the key: not PEM, not RSA, or too short.
    throw credentialMalformed('private_key');
  }
};

const rsaKeyIn = (pem: string): KeyObject => createPrivateKey({ key: pem, format: 'pem' });

const keyFileIn = (json: string): z.infer<typeof keyFile> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw credentialMalformed('json');
  }
  const { success, data } = keyFile.safeParse(parsed);
  if (!success) throw credentialMalformed('json');
  return data;
};
