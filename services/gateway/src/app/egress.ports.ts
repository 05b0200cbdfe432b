import type { CredentialUse } from '@gatehouse/provider-auth';
import type { SealedCredential } from '@gatehouse/sealing';
import type { AnswerShape, ProbeAnswer } from '../domain/connection/judge-answer';

/** A credential, and what it is tried at. */
export interface ProbeTarget {
  readonly sealed: SealedCredential;
  readonly use: CredentialUse;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** What follows it, query included. */
  readonly path: string;
  readonly shape: AnswerShape;
  /** Sent with every request, e.g. a version of the API; nothing secret. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a request is shown to be its credential's. */
export interface ProbeIdentity {
  /** None where the credential is none. */
  readonly headers: Readonly<Record<string, string>>;
  /** What nothing that goes on may hold. */
  readonly secrets: readonly string[];
}

/** Opens credentials for probes. */
export abstract class ProbeCredentials {
  /** Errors: ConnectionFailed. */
  abstract identify(target: ProbeTarget): Promise<ProbeIdentity>;
}

/** Sends probes: bounded in time and size, to hosts that may be called, following nobody elsewhere. */
export abstract class Probes {
  /** Errors: ConnectionFailed. */
  abstract get(
    target: Pick<ProbeTarget, 'baseUrl' | 'path'>,
    headers: Readonly<Record<string, string>>,
  ): Promise<ProbeAnswer>;
}
