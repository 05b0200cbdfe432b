import { type GrpcController, GrpcService, largerRequest, RequestChecks, Requires } from '@gatehouse/grpc';
import { AppError, apiKeyId, organizationId, ROLE_SCOPES } from '@gatehouse/kernel';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { CommandBus } from '@nestjs/cqrs';
import { CarryOutProposalCommand } from '../../app/approval/carry-out-proposal.handler';
import { approvedCommand } from './proposable-commands';
import { fromProtoProposedCredential } from './proposed-credential-conversion';

/** The largest request of this service that can be proposed, as JSON. */
const PROPOSED_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 1_024 });

/** What somebody else has approved. */
@GrpcService('ProposalService', registryV1.ProposalServiceService)
export class ProposalController implements GrpcController<typeof registryV1.ProposalServiceService> {
  constructor(private readonly commands: CommandBus) {}

  @Requires('service.provisioning', PROPOSED_REQUEST)
  async carryOutProposal(
    request: registryV1.CarryOutProposalRequest,
  ): Promise<registryV1.CarryOutProposalResponse> {
    const command = fromProtoCarryOutProposalRequest(request);
    return { position: String(await this.commands.execute(command)) };
  }
}

/**
 * Its proposer was judged when it was proposed: what it is carried out by is that somebody else has approved it, whatever has
 * become of the proposer's key since.
 */
const fromProtoCarryOutProposalRequest = (
  request: registryV1.CarryOutProposalRequest,
): CarryOutProposalCommand => {
  const checks = new RequestChecks();
  const { command, judgedStream: name, judgedRevision: revision, causationId, proposedBy } = request;
  const organization = checks.parse('organization_id', 'must be the id of an organization', () =>
    organizationId(request.organizationId),
  );
  const key = checks.parse('proposed_by', 'must be a key', () => {
    if (proposedBy?.kind !== typeV1.ActorKind.API_KEY) throw new AppError('INVALID', 'REQUEST_INVALID');
    return apiKeyId(proposedBy.id);
  });
  for (const [field, value] of [
    ['judged_stream', name],
    ['causation_id', causationId],
  ] as const)
    if (value === '') checks.fault(field, 'is required');
  if (!command) checks.fault('command', 'is required');
  checks.done();
  const { credential, ...proposed } = command as NonNullable<typeof command>;
  const principal = {
    ...({ kind: 'organizationKey', role: 'owner', scopes: ROLE_SCOPES.owner, bounded: false } as const),
    keyId: key as NonNullable<typeof key>,
    organizationId: organization as NonNullable<typeof organization>,
  };
  const caller = { principal, address: proposedBy?.address ?? '' };
  return new CarryOutProposalCommand(
    approvedCommand(proposed, caller, credential && fromProtoProposedCredential(credential)),
    { kind: 'approved', judged: { name, revision }, causationId },
  );
};
