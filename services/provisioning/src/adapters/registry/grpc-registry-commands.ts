import type { Consent } from '@gatehouse/approval';
import type { Position } from '@gatehouse/event-store';
import { type Promised } from '@gatehouse/grpc';
import { parsePosition, toProtoActor } from '@gatehouse/platform';
import type { registryV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { type Proposer, RegistryCommands } from '../../app/proposal/proposal.ports';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { toProtoProposedCommand } from '../events/proposal.codec';
import { refusedAsCommand } from '../services/refusals-of-commands';

export class GrpcRegistryCommands extends RegistryCommands implements OnApplicationShutdown {
  constructor(
    private readonly proposals: Pick<
      Promised<registryV1.ProposalServiceClient>,
      'carryOutProposal' | 'close'
    >,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.proposals.close();
  }

  async carryOut(
    proposed: ProposedCommand,
    { organizationId, actor }: Proposer,
    { judged, causationId }: Extract<Consent, { kind: 'approved' }>,
  ): Promise<Position> {
    const { command } = toProtoProposedCommand(proposed);
    if (command?.$case !== 'registry') throw new Error(`no command of the registry: ${proposed}`);
    const { position } = await refusedAsCommand(
      this.proposals.carryOutProposal({
        organizationId,
        command: command.value,
        judgedStream: judged.name,
        judgedRevision: judged.revision,
        proposedBy: toProtoActor(actor),
        causationId,
      }),
    );
    const reached = parsePosition(position);
    if (reached === undefined) throw new Error('the registry said no position');
    return reached;
  }
}
