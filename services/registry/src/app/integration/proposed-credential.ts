import { ApprovalRequired } from '@gatehouse/approval';
import type { JudgedStream } from '@gatehouse/kernel';

/** A credential that is sealed already: what is known of it, and may be told. */
export interface ProposedCredential {
  /** The version that it is to become. */
  readonly version: number;
  readonly fingerprint: string;
  /** Where it may be sent, and nowhere else. */
  readonly origins: readonly string[];
  readonly headerNames: readonly string[];
}

/** The same of a command that brings a credential, which waits in the vault. */
export class CredentialApprovalRequired extends ApprovalRequired {
  constructor(
    judged: JudgedStream,
    readonly credential: ProposedCredential,
    readonly secretId: string,
  ) {
    super(judged);
  }
}
