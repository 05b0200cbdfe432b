import type { Consent } from '@gatehouse/approval';
import type { Actor, Position } from '@gatehouse/event-store';
import type { CountedPage, KeyedPlace, OrganizationId, PageRequest, ProposalId } from '@gatehouse/kernel';
import type { Command } from '@nestjs/cqrs';
import type { ProposalStatus } from '../../domain/proposal/proposal';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import type { ProposalView } from './proposal.view';

/** The projection that proposals are kept in; queries wait for it by this name. */
export const PROPOSALS = 'proposals';

/** In whose name a command is carried out. */
export interface Proposer {
  readonly organizationId: OrganizationId;
  readonly actor: Actor;
}

/** Reads what was proposed. */
export abstract class ProposedCommands {
  /** The command that it was, as its proposer gave it. Throws for what this program cannot read. */
  abstract commandOf(proposed: ProposedCommand, by: Proposer): Command<unknown>;
}

/** Has metering carry out what was proposed there. */
export abstract class MeteringCommands {
  /** Refused as the command is; UNAVAILABLE where metering cannot be asked, or not by this service. Done before, nothing more is done. */
  abstract carryOut(proposed: ProposedCommand, by: Proposer, causationId: string): Promise<void>;
}

/** Has the registry carry out what was proposed there. */
export abstract class RegistryCommands {
  /**
   * The position that it reached; refused as the command is; UNAVAILABLE where the registry cannot be asked, or not by this service. Done
   * before, it answers as it did.
   */
  abstract carryOut(
    proposed: ProposedCommand,
    by: Proposer,
    consent: Extract<Consent, { kind: 'approved' }>,
  ): Promise<Position>;
}

export interface ProposalSelection {
  /** Undefined leaves none out. */
  readonly status: ProposalStatus | undefined;
  /** The instant that tells which have expired. */
  readonly at: Date;
}

export interface UnsettledProposal {
  readonly proposalId: ProposalId;
  readonly organizationId: OrganizationId;
}

/** Proposals of an organization, for reading. Nothing of another organization is ever found. */
export abstract class Proposals {
  abstract find(organizationId: OrganizationId, id: ProposalId, at: Date): Promise<ProposalView | undefined>;
  abstract list(
    organizationId: OrganizationId,
    selection: ProposalSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ProposalView, KeyedPlace>>;
  /** Those that are approved and not carried out, the oldest first, from after that one; at most 100. */
  abstract approved(after: UnsettledProposal | undefined): Promise<readonly UnsettledProposal[]>;
  /** Those that have expired untold; at most 100. */
  abstract expired(at: Date): Promise<readonly UnsettledProposal[]>;
}
