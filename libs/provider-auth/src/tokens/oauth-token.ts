import { jsonIn } from '@gatehouse/kernel';
import { z } from 'zod';
import { answerUnusable, credentialRejected, issuerUnavailable, type TokenIssuer } from '../auth-errors';
import { askIssuer } from './ask-issuer';
import type { FreshToken } from './token-cache';
import type { TokenAnswer, TokenRequest, TokenTransport } from './token-transport';

/** What RFC 6749 names, and what Entra adds: an error that says one of these quotes nothing. */
const REJECTIONS: ReadonlySet<string> = new Set([
  'access_denied',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_resource',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
]);
const DELAYS: ReadonlySet<string> = new Set(['server_error', 'slow_down', 'temporarily_unavailable']);

const grant = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  // Metadata services write it as a text.
  expires_in: z.coerce.number().int().positive(),
});

/**
 * Asks an OAuth 2.0 token endpoint.
 *
 * @param askedAt before the request left: a token lives from when it was made.
 */
export const oauthToken = async (
  transport: TokenTransport,
  issuer: TokenIssuer,
  request: TokenRequest,
  askedAt: Date,
): Promise<FreshToken> => {
  const answer = await askIssuer(transport, issuer, request);
  if (answer.status >= 400) throw refusalIn(issuer, answer);
  const { success, data } = grant.safeParse(jsonIn(answer.body));
  if (!success) throw answerUnusable(issuer);
  return { token: data.access_token, expiresAt: new Date(askedAt.getTime() + data.expires_in * 1_000) };
};

/** The body of a form. */
export const form = (fields: Readonly<Record<string, string>>): Pick<TokenRequest, 'headers' | 'body'> => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
  body: new URLSearchParams(fields).toString(),
});

const refusalIn = (issuer: TokenIssuer, answer: TokenAnswer): Error => {
  const { data } = z.object({ error: z.string() }).safeParse(jsonIn(answer.body));
  const code = data?.error ?? '';
  if (DELAYS.has(code)) return issuerUnavailable(issuer, code);
  return credentialRejected(issuer, REJECTIONS.has(code) ? code : undefined);
};
