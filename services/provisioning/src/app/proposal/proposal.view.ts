import type { Actor } from '@gatehouse/event-store';
import type { OrganizationId, ProposalId } from '@gatehouse/kernel';
import type { ProposalStatus } from '../../domain/proposal/proposal';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';

export interface ProposalView {
  readonly id: ProposalId;
  readonly organizationId: OrganizationId;
  readonly command: ProposedCommand;
  /** As a clock has it: one that nobody decided on in time is expired, whether or not that was told. */
  readonly status: ProposalStatus;
  readonly failure: string;
  readonly proposedBy: Actor;
  readonly reason: string;
  readonly proposedAt: Date;
  readonly expiresAt: Date;
  /** Who approved or rejected it. */
  readonly decidedBy?: Actor;
}
