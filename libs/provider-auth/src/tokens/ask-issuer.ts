import { answerUnusable, issuerUnavailable, type TokenIssuer } from '../auth-errors';
import type { TokenAnswer, TokenRequest, TokenTransport } from './token-transport';

/** 404 and 410 are a metadata service's that is being updated; an issuer that knows the credential has other words. */
const LATER: ReadonlySet<number> = new Set([404, 408, 410, 425, 429]);

/** Answers below 300, or refusals that the caller shall read: all else is told as what it is. */
export const askIssuer = async (
  transport: TokenTransport,
  issuer: TokenIssuer,
  request: TokenRequest,
): Promise<TokenAnswer> => {
  let answer: TokenAnswer;
  try {
    answer = await transport.send(request);
  } catch {
    throw issuerUnavailable(issuer);
  }
  const { status } = answer;
  if (status >= 500 || LATER.has(status)) throw issuerUnavailable(issuer);
  if (status >= 300 && status < 400) throw answerUnusable(issuer);
  return answer;
};
