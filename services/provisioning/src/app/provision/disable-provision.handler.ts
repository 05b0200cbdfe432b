import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { ProvisionChanges, type ProvisionTarget } from './provision-changes';
import type { ProvisionView } from './provision.view';

export class DisableProvisionCommand extends Command<Answered<ProvisionView>> {
  constructor(readonly target: ProvisionTarget) {
    super();
  }
}

@CommandHandler(DisableProvisionCommand)
export class DisableProvisionHandler implements ICommandHandler<DisableProvisionCommand> {
  constructor(private readonly changes: ProvisionChanges) {}

  execute({ target }: DisableProvisionCommand): Promise<Answered<ProvisionView>> {
    return this.changes.apply(target, {
      type: 'DisableProvision',
      organizationId: target.metadata.organizationId,
    });
  }
}
