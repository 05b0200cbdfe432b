import type { SealedCredential } from '@gatehouse/sealing';
import type { CredentialUse } from '../../domain/integration/credential-kind';
import type { Probe } from '@gatehouse/offering';

/** A credential, and what it is tried at. */
export interface ConnectionTarget {
  readonly sealed: SealedCredential;
  readonly use: CredentialUse;
  readonly baseUrl: string;
  readonly probe: Probe;
}

/** What came of it, in the words of `gatehouse.type.v1.ConnectionResult`. Never a text of the provider's. */
export interface ConnectionReport {
  /** E.g. `WORKS`, `CREDENTIAL_REJECTED`. */
  readonly outcome: string;
  readonly httpStatus: number;
  readonly detail: string;
  readonly durationMs: number;
}

/** What a provider said of its own models. */
export interface LiveModels {
  readonly report: ConnectionReport;
  readonly modelNames: readonly string[];
}

/** A gateway, which alone opens credentials. Errors: UNAVAILABLE `EGRESS_UNAVAILABLE` where none can be asked. */
export abstract class Egress {
  abstract test(target: ConnectionTarget): Promise<ConnectionReport>;
  abstract listModels(target: ConnectionTarget): Promise<LiveModels>;
}
