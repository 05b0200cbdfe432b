import { Clock, Ids } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProvisionCommand } from '../../domain/provision/provision.decider';
import type { Answered } from '../answered';
import { ProvisionChanges, type ProvisionTarget } from './provision-changes';
import type { ProvisionView } from './provision.view';

/** Those that are decided by nothing but what the caller says and what stands. */
type PlainCommand = Exclude<ProvisionCommand, { readonly type: 'ProvisionIntegration' | 'AllowModels' }>;

type Stated<Command> = Command extends unknown ? Omit<Command, 'organizationId' | 'seed' | 'at'> : never;

/** What the caller says. */
export type ProvisionChange = Stated<PlainCommand>;

export class ChangeProvisionCommand extends Command<Answered<ProvisionView>> {
  constructor(
    readonly target: ProvisionTarget,
    readonly change: ProvisionChange,
  ) {
    super();
  }
}

@CommandHandler(ChangeProvisionCommand)
export class ChangeProvisionHandler implements ICommandHandler<ChangeProvisionCommand> {
  constructor(
    private readonly changes: ProvisionChanges,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  execute({ target, change }: ChangeProvisionCommand): Promise<Answered<ProvisionView>> {
    const { organizationId, requestId } = target.metadata;
    const seed = this.ids.derive('seed', organizationId, requestId);
    const asked = { organizationId, seed, at: this.clock.now() };
    return this.changes.apply(target, { ...change, ...asked });
  }
}
