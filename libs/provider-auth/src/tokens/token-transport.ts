/** What is asked of an issuer of tokens. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Carries a request to an issuer. It follows no redirect, uses no proxy that was not meant for it, and ends within
 * seconds. It is the only way of this program to the addresses of instance metadata.
 */
export abstract class TokenTransport {
  /** Rejects where there is no answer, whatever the reason: the caller tells nobody what it was. */
  abstract send(request: TokenRequest): Promise<TokenAnswer>;
}
