import {
  callerOf,
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus } from '@nestjs/cqrs';
import {
  fromProtoProposeChangeRequest,
  fromProtoProposeCorrectionRequest,
  fromProtoProposeResetRequest,
  toProtoMadeProposal,
} from './proposal-conversion';

type Definition = typeof provisioningV1.ProposalServiceService;

/** The largest request of the registry that can be proposed, as JSON. */
const PROPOSED_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 1_024 });

/** What other services propose. */
@GrpcService('ProposalService', provisioningV1.ProposalServiceService)
export class ProposalController implements GrpcController<Definition> {
  constructor(private readonly commands: CommandBus) {}

  @Requires('service.registry', PROPOSED_REQUEST)
  async proposeChange(
    request: provisioningV1.ProposeChangeRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ProposeChangeResponse> {
    const command = fromProtoProposeChangeRequest(request, callerOf(call));
    return toProtoMadeProposal(await this.commands.execute(command));
  }

  @Requires('service.metering', SMALL_REQUEST)
  async proposeReset(
    request: provisioningV1.ProposeResetRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ProposeResetResponse> {
    const command = fromProtoProposeResetRequest(request, callerOf(call));
    return toProtoMadeProposal(await this.commands.execute(command));
  }

  @Requires('service.metering', SMALL_REQUEST)
  async proposeCorrection(
    request: provisioningV1.ProposeCorrectionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ProposeCorrectionResponse> {
    const command = fromProtoProposeCorrectionRequest(request, callerOf(call));
    return toProtoMadeProposal(await this.commands.execute(command));
  }
}
