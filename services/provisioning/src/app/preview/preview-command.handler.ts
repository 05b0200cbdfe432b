import { Approvals, Previewed, type PreviewedChange } from '@gatehouse/approval';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { ProposedCommands, type Proposer } from '../proposal/proposal.ports';

export interface Preview extends PreviewedChange {
  readonly needsApproval: boolean;
}

export class PreviewCommandCommand extends Command<Preview> {
  constructor(
    readonly by: Proposer,
    readonly command: ProposedCommand,
  ) {
    super();
  }
}

/** Gives the command itself, which is held up where its events would be appended. */
@CommandHandler(PreviewCommandCommand)
export class PreviewCommandHandler implements ICommandHandler<PreviewCommandCommand> {
  constructor(
    private readonly commands: CommandBus,
    private readonly proposed: ProposedCommands,
    private readonly approvals: Approvals,
  ) {}

  async execute({ by, command }: PreviewCommandCommand): Promise<Preview> {
    const { events, letsMore } = await this.changeOf(by, command);
    const needsApproval = letsMore && (await this.approvals.requiredBy(by.organizationId));
    return { events, letsMore, needsApproval };
  }

  private async changeOf(by: Proposer, command: ProposedCommand): Promise<PreviewedChange> {
    try {
      await this.approvals.consents.within({ kind: 'preview' }, () =>
        this.commands.execute(this.proposed.commandOf(command, by)),
      );
      return { events: [], letsMore: false };
    } catch (error) {
      if (error instanceof Previewed) return error.change;
      throw error;
    }
  }
}
