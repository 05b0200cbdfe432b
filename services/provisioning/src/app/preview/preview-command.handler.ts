import { Approvals, Previewed, type PreviewedChange } from '@gatehouse/approval';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { ProposedCommands, type Proposer } from '../proposal/proposal.ports';
import { type ReplayedUsage, type ToldPart, UsageReplays } from './preview.ports';

export interface Preview extends PreviewedChange {
  readonly needsApproval: boolean;
  /** How the usage of the last period would have fared; undefined where that is not asked, or says nothing of the change. */
  readonly replay: ReplayedUsage | 'unknown' | undefined;
}

export class PreviewCommandCommand extends Command<Preview> {
  constructor(
    readonly by: Proposer,
    readonly command: ProposedCommand,
    /** What is told of usage; undefined: the caller may not know of it. */
    readonly usage: ToldPart | undefined,
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
    private readonly replays: UsageReplays,
  ) {}

  async execute({ by, command, usage }: PreviewCommandCommand): Promise<Preview> {
    const { events, letsMore } = await this.changeOf(by, command);
    const needsApproval = letsMore && (await this.approvals.requiredBy(by.organizationId));
    const replay = usage && (await this.replays.of(by.organizationId, events, usage));
    return { events, letsMore, needsApproval, replay };
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
