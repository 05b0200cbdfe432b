import { ApprovalRequired } from '@gatehouse/approval';
import type { JudgedStream } from '@gatehouse/kernel';
import type { LocatedReference } from '../secret-reference/defined-references';

/** A credential that is sealed already: what is known of it, and may be told. */
export interface ProposedCredential {
  /** The version that it is to become. */
  readonly version: number;
  readonly fingerprint: string;
  /** Where it may be sent, and nowhere else. */
  readonly origins: readonly string[];
  readonly headerNames: readonly string[];
  /** Where the secret references that it names lead; none of what was proposed before that was told. */
  readonly locatedReferences: readonly LocatedReference[];
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
