import { Consents } from '@gatehouse/approval';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { BudgetResets, type Proposer } from './proposal.ports';

export class CarryOutResetCommand extends Command<void> {
  constructor(
    readonly command: ProposedCommand,
    readonly by: Proposer,
  ) {
    super();
  }
}

/** Has metering begin a budget anew, which somebody else has approved. */
@CommandHandler(CarryOutResetCommand)
export class CarryOutResetHandler implements ICommandHandler<CarryOutResetCommand> {
  constructor(
    private readonly resets: BudgetResets,
    private readonly consents: Consents,
  ) {}

  async execute({ command, by }: CarryOutResetCommand): Promise<void> {
    const consent = this.consents.current;
    if (consent?.kind !== 'approved') throw new Error('a reset that nobody has approved');
    await this.resets.carryOut(command, by, consent.causationId);
  }
}
