import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { ProvisionChanges, type ProvisionTarget } from './provision-changes';
import type { ProvisionView } from './provision.view';

export class EnableProvisionCommand extends Command<Answered<ProvisionView>> {
  constructor(readonly target: ProvisionTarget) {
    super();
  }
}

@CommandHandler(EnableProvisionCommand)
export class EnableProvisionHandler implements ICommandHandler<EnableProvisionCommand> {
  constructor(private readonly changes: ProvisionChanges) {}

  execute({ target }: EnableProvisionCommand): Promise<Answered<ProvisionView>> {
    return this.changes.apply(target, {
      type: 'EnableProvision',
      organizationId: target.metadata.organizationId,
    });
  }
}
