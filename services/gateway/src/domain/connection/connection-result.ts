/** How an attempt ended to use a credential. The words of `gatehouse.type.v1.ConnectionOutcome`. */
export type ConnectionOutcome =
  | 'works'
  | 'answers-anybody'
  | 'credential-rejected'
  | 'permission-missing'
  | 'not-found'
  | 'rate-limited'
  | 'provider-failed'
  | 'redirected'
  | 'host-refused'
  | 'unreachable'
  | 'timeout'
  | 'tls-failed'
  | 'answer-not-understood'
  | 'credential-malformed'
  | 'credential-unreadable'
  | 'credential-misdirected'
  | 'identity-not-lent'
  | 'identity-missing'
  | 'issuer-unavailable'
  | 'reference-unresolved';

/** Never holds a text of the provider's. */
export interface ConnectionResult {
  readonly outcome: ConnectionOutcome;
  /** Of the answer that it was judged by; 0 where there was none. */
  readonly httpStatus: number;
  /** A word of a closed list: a field, an issuer, why a host is refused; may be empty. */
  readonly detail: string;
}

/** No answer came of it; says why. The cause is left out: it may quote what was sent. */
export class ConnectionFailed extends Error {
  constructor(
    readonly outcome: ConnectionOutcome,
    readonly detail = '',
  ) {
    super(`the connection was tried: ${outcome}`);
    this.name = 'ConnectionFailed';
  }
}
