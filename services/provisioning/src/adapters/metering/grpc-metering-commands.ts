import type { Promised } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { toProtoActor } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { MeteringCommands, type Proposer } from '../../app/proposal/proposal.ports';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { toProtoProposedCommand } from '../events/proposal.codec';
import { refusedAsCommand } from '../services/refusals-of-commands';

export class GrpcMeteringCommands extends MeteringCommands implements OnApplicationShutdown {
  constructor(
    private readonly budgets: Pick<
      Promised<meteringV1.BudgetServiceClient>,
      'carryOutReset' | 'carryOutCorrection' | 'close'
    >,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.budgets.close();
  }

  async carryOut(
    proposed: ProposedCommand,
    { organizationId, actor }: Proposer,
    causationId: string,
  ): Promise<void> {
    const { command } = toProtoProposedCommand(proposed);
    const by = { organizationId, proposedBy: toProtoActor(actor), causationId };
    if (command?.$case === 'resetBudget')
      await refusedAsCommand(this.budgets.carryOutReset({ ...by, reset: command.value }));
    else if (command?.$case === 'correctUsage')
      await refusedAsCommand(this.budgets.carryOutCorrection({ ...by, correction: command.value }));
    else throw new Error(`no command of metering: ${proposed}`);
  }
}

/** Where metering has no address, they wait until it has one. */
export class NoMeteringCommands extends MeteringCommands {
  async carryOut(): Promise<void> {
    throw new AppError('UNAVAILABLE', 'METERING_UNAVAILABLE');
  }
}
