import type { EventMetadata } from '@gatehouse/event-store';
import type { AccessScope, JudgedStream, ProposalId } from '@gatehouse/kernel';
import type { ProposedCredential } from '../integration/proposed-credential';

/** A command as it was asked for, without its secrets. */
export interface ProposedCommand {
  /** Of its RPC, e.g. `RotateCredential`. */
  readonly name: string;
  /** What it says is for those to know who carry it out. */
  readonly requestJson: string;
}

export interface WantedProposal {
  readonly command: ProposedCommand;
  readonly credential: ProposedCredential | undefined;
  readonly judged: JudgedStream;
  /** Whoever approves it needs one of these, as its command does. */
  readonly scopes: readonly AccessScope[];
}

export interface ProposalStanding {
  readonly proposalId: ProposalId;
  readonly status: 'open' | 'approved' | 'rejected' | 'expired' | 'carried_out' | 'failed';
  /** From then on it is not to be approved. */
  readonly expiresAt: Date;
}

/** Where proposals are decided on. */
export abstract class ProposalDesk {
  /**
   * In the name of the metadata's actor, a key. The same request is the same proposal. CONFLICT `REQUEST_ID_REUSED`; UNAVAILABLE.
   */
  abstract propose(metadata: EventMetadata, wanted: WantedProposal): Promise<ProposalStanding>;
}

/** Which proposals have ended, as far as provisioning has told. */
export abstract class EndedProposals {
  abstract among(ids: readonly ProposalId[]): Promise<ReadonlySet<ProposalId>>;
}
