import { ApprovalSettings, approvalWanted } from '@gatehouse/approval';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  AdjustmentApprovalRequired,
  type AdjustUsage,
  type UsageAdjustment,
} from '../../domain/adjustment/adjust-usage';
import { ProposalDesk } from '../limit/limit.ports';
import { type AttemptAsked, UsageAdjustments } from './usage.ports';

export class AdjustUsageCommand extends Command<UsageAdjustment> {
  constructor(
    readonly attempt: AttemptAsked,
    readonly adjust: Omit<AdjustUsage, 'approval'>,
  ) {
    super();
  }
}

/** What lets more be spent becomes a proposal while the organization wants a second admin for that: REFUSED `APPROVAL_REQUIRED`. */
@CommandHandler(AdjustUsageCommand)
export class AdjustUsageHandler implements ICommandHandler<AdjustUsageCommand> {
  constructor(
    private readonly adjustments: UsageAdjustments,
    private readonly approvals: ApprovalSettings,
    private readonly desk: ProposalDesk,
  ) {}

  async execute({ attempt, adjust }: AdjustUsageCommand): Promise<UsageAdjustment> {
    const kind = (await this.approvals.requiredBy(adjust.organizationId)) ? 'wanted' : 'needless';
    try {
      return await this.adjustments.adjust({ ...adjust, approval: { kind } }, attempt);
    } catch (error) {
      if (!(error instanceof AdjustmentApprovalRequired)) throw error;
      const wanted = { kind: 'adjustment', ...adjust, attempt, before: error.before } as const;
      throw approvalWanted(await this.desk.proposeCorrection(wanted));
    }
  }
}
