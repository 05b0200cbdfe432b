import { ApprovalSettings } from '@gatehouse/approval';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { AdjustUsage, UsageAdjustment } from '../../domain/adjustment/adjust-usage';
import { type AttemptAsked, UsageAdjustments } from './usage.ports';

export class AdjustUsageCommand extends Command<UsageAdjustment> {
  constructor(
    readonly attempt: AttemptAsked,
    readonly adjust: Omit<AdjustUsage, 'mayLower'>,
  ) {
    super();
  }
}

/** What lets more be spent is refused while the organization wants a second admin for that. */
@CommandHandler(AdjustUsageCommand)
export class AdjustUsageHandler implements ICommandHandler<AdjustUsageCommand> {
  constructor(
    private readonly adjustments: UsageAdjustments,
    private readonly approvals: ApprovalSettings,
  ) {}

  async execute({ attempt, adjust }: AdjustUsageCommand): Promise<UsageAdjustment> {
    const mayLower = !(await this.approvals.requiredBy(adjust.organizationId));
    return this.adjustments.adjust({ ...adjust, mayLower }, attempt);
  }
}
