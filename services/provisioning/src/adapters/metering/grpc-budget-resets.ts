import type { Promised } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { toProtoActor } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { BudgetResets, type Proposer } from '../../app/proposal/proposal.ports';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { toProtoProposedCommand } from '../events/proposal.codec';

export class GrpcBudgetResets extends BudgetResets implements OnApplicationShutdown {
  constructor(
    private readonly budgets: Pick<Promised<meteringV1.BudgetServiceClient>, 'carryOutReset' | 'close'>,
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
    if (command?.$case !== 'resetBudget') throw new Error(`no reset: ${proposed}`);
    const proposedBy = toProtoActor(actor);
    await this.budgets.carryOutReset({ organizationId, reset: command.value, proposedBy, causationId });
  }
}

/** Where metering has no address, a reset waits until it has one. */
export class NoBudgetResets extends BudgetResets {
  async carryOut(): Promise<void> {
    throw new AppError('UNAVAILABLE', 'METERING_UNAVAILABLE');
  }
}
