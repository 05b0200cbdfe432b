import type { Json } from '@gatehouse/event-store';
import { EVENTS } from '@gatehouse/events';
import { type AccessScope, organizationId, proposalId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ProposalEvent, ProposedCommand } from '../../domain/proposal/proposal.events';

const onlyProposal = {
  toMessage: (event: { readonly proposalId: string }) => event,
  fromMessage: (message: { readonly proposalId: string }) => ({ proposalId: proposalId(message.proposalId) }),
};

export const proposalCodec = EVENTS.codec<ProposalEvent>({
  ChangeProposed: {
    toMessage: ({ command, judged, scopes, behind, ...event }) => ({
      ...event,
      command: toProtoProposedCommand(command),
      judgedStream: judged.name,
      judgedRevision: judged.revision,
      scopes: [...scopes],
      behind: [...behind],
    }),
    fromMessage: ({ judgedStream, judgedRevision, expiresAt, ...message }) => ({
      proposalId: proposalId(message.proposalId),
      organizationId: organizationId(message.organizationId),
      command: fromProtoProposedCommand(message.command),
      judged: { name: judgedStream, revision: judgedRevision },
      scopes: message.scopes as AccessScope[],
      behind: message.behind,
      expiresAt: recordedEnd(expiresAt),
    }),
  },
  ProposalApproved: {
    toMessage: ({ behind, ...event }) => ({ ...event, behind: [...behind] }),
    fromMessage: (message) => ({ proposalId: proposalId(message.proposalId), behind: message.behind }),
  },
  ProposalRejected: onlyProposal,
  ProposalExpired: onlyProposal,
  ProposalCarriedOut: onlyProposal,
  ProposalFailed: {
    toMessage: (event) => event,
    fromMessage: ({ proposalId: id, reason }) => ({ proposalId: proposalId(id), reason }),
  },
});

/** The same command in the same words: a repetition is known by them. */
export const fromProtoProposedCommand = (
  command: provisioningV1.ProposedCommand | undefined,
): ProposedCommand =>
  JSON.stringify(provisioningV1.ProposedCommand.toJSON(command ?? { command: undefined }));

export const toProtoProposedCommand = (command: ProposedCommand): provisioningV1.ProposedCommand =>
  provisioningV1.ProposedCommand.fromJSON(JSON.parse(command) as Json);

const recordedEnd = (end: Date | undefined): Date => {
  if (!end) throw new Error('a proposal without its end');
  return end;
};
