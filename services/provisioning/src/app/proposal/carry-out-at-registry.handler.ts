import { Consents } from '@gatehouse/approval';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import type { Answered } from '../answered';
import { type Proposer, RegistryCommands } from './proposal.ports';

export class CarryOutAtRegistryCommand extends Command<Answered<undefined>> {
  constructor(
    readonly command: ProposedCommand,
    readonly by: Proposer,
  ) {
    super();
  }
}

/** Has the registry do what was approved. Nobody but it could say what that would be, so that nothing else is asked of it. */
@CommandHandler(CarryOutAtRegistryCommand)
export class CarryOutAtRegistryHandler implements ICommandHandler<CarryOutAtRegistryCommand> {
  constructor(
    private readonly registry: RegistryCommands,
    private readonly consents: Consents,
  ) {}

  async execute({ command, by }: CarryOutAtRegistryCommand): Promise<Answered<undefined>> {
    const consent = this.consents.current;
    if (consent?.kind !== 'approved') throw new Error('a command of the registry that nobody has approved');
    return { view: undefined, position: await this.registry.carryOut(command, by, consent) };
  }
}
