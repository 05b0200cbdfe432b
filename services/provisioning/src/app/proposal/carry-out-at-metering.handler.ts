import { Consents } from '@gatehouse/approval';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { MeteringCommands, type Proposer } from './proposal.ports';

export class CarryOutAtMeteringCommand extends Command<void> {
  constructor(
    readonly command: ProposedCommand,
    readonly by: Proposer,
  ) {
    super();
  }
}

/** Has metering begin a budget anew, or correct what was charged, which somebody else has approved. */
@CommandHandler(CarryOutAtMeteringCommand)
export class CarryOutAtMeteringHandler implements ICommandHandler<CarryOutAtMeteringCommand> {
  constructor(
    private readonly metering: MeteringCommands,
    private readonly consents: Consents,
  ) {}

  async execute({ command, by }: CarryOutAtMeteringCommand): Promise<void> {
    const consent = this.consents.current;
    if (consent?.kind !== 'approved') throw new Error('a command of metering that nobody has approved');
    await this.metering.carryOut(command, by, consent.causationId);
  }
}
