import type { AccessScope, JudgedStream, OrganizationId, ProposalId } from '@gatehouse/kernel';

/**
 * A command as it was asked for: its name, and its request, as the JSON of the proto. What it says is for those to know who
 * carry it out.
 */
export type ProposedCommand = string;

/** Stream `proposal-{id}`. */
export interface ChangeProposed {
  readonly type: 'ChangeProposed';
  readonly proposalId: ProposalId;
  readonly organizationId: OrganizationId;
  readonly command: ProposedCommand;
  readonly judged: JudgedStream;
  /** Whoever approves it needs one of these, as its command does. */
  readonly scopes: readonly AccessScope[];
  /** Members, and keys without one, that were ever told the secret that it was proposed with. */
  readonly behind: readonly string[];
  /** From then on it is not to be approved. */
  readonly expiresAt: Date;
}

/** By somebody who is none of those behind the proposal. */
export interface ProposalApproved {
  readonly type: 'ProposalApproved';
  readonly proposalId: ProposalId;
  readonly behind: readonly string[];
}

export interface ProposalRejected {
  readonly type: 'ProposalRejected';
  readonly proposalId: ProposalId;
}

/** Told some time after it had expired. */
export interface ProposalExpired {
  readonly type: 'ProposalExpired';
  readonly proposalId: ProposalId;
}

export interface ProposalCarriedOut {
  readonly type: 'ProposalCarriedOut';
  readonly proposalId: ProposalId;
}

/** It was approved, and its command was refused. */
export interface ProposalFailed {
  readonly type: 'ProposalFailed';
  readonly proposalId: ProposalId;
  /** E.g. `REVISION_MISMATCH`. */
  readonly reason: string;
}

export type ProposalEvent =
  | ChangeProposed
  | ProposalApproved
  | ProposalRejected
  | ProposalExpired
  | ProposalCarriedOut
  | ProposalFailed;
