import { Ids, type LimitSpec } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Answered } from '../answered';
import { ProvisionChanges, type ProvisionTarget } from './provision-changes';
import type { ProvisionView } from './provision.view';

export class ChangeProvisionLimitsCommand extends Command<Answered<ProvisionView>> {
  constructor(
    readonly target: ProvisionTarget,
    readonly limits: readonly LimitSpec[],
  ) {
    super();
  }
}

@CommandHandler(ChangeProvisionLimitsCommand)
export class ChangeProvisionLimitsHandler implements ICommandHandler<ChangeProvisionLimitsCommand> {
  constructor(
    private readonly changes: ProvisionChanges,
    private readonly ids: Ids,
  ) {}

  execute({ target, limits }: ChangeProvisionLimitsCommand): Promise<Answered<ProvisionView>> {
    const { organizationId, requestId } = target.metadata;
    const seed = this.ids.derive('seed', organizationId, requestId);
    return this.changes.apply(target, { type: 'ChangeProvisionLimits', organizationId, limits, seed });
  }
}
