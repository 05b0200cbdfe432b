import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { JournalAccounts } from '../journal/journal.ports';
import { Ledger } from '../lease/lease.ports';
import { Reratings } from '../usage/rerating.ports';
import { UsageAdjustments } from '../usage/usage.ports';
import { GetBudgetQuery } from './get-budget.handler';
import type { ApprovedCorrection } from './limit.ports';
import { releaseSilent } from './release-held.handler';

export class CarryOutCorrectionCommand extends Command<void> {
  constructor(readonly correction: ApprovedCorrection) {
    super();
  }
}

/** Does what somebody else has approved, once, and no more than that. Refused as its command is. */
@CommandHandler(CarryOutCorrectionCommand)
export class CarryOutCorrectionHandler implements ICommandHandler<CarryOutCorrectionCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly journals: JournalAccounts,
    private readonly adjustments: UsageAdjustments,
    private readonly reratings: Reratings,
    private readonly queries: QueryBus,
  ) {}

  async execute({ correction }: CarryOutCorrectionCommand): Promise<void> {
    if (correction.kind === 'rerating') {
      const { organizationId: of, reratingId, lowersMax, causationId } = correction;
      await this.reratings.approve(of, reratingId, { lowersMax, causationId });
      return;
    }
    const { organizationId, asked } = correction;
    if (correction.kind === 'adjustment') {
      const { amount, before, attempt } = correction;
      const approval = { kind: 'given', before } as const;
      await this.adjustments.adjust({ organizationId, amount, approval, asked }, attempt);
      return;
    }
    const { limitId } = await this.queries.execute(
      new GetBudgetQuery({ organizationId, limitId: correction.limitId }),
    );
    if (correction.kind === 'release') {
      await releaseSilent(this.ledger, this.journals, { limitId, when: correction.silentBefore, asked });
      return;
    }
    const { periodStart, doubt } = correction;
    const approval = { kind: 'given', periodStart, doubt } as const;
    await this.adjustments.waive({ organizationId, asked, approval }, limitId);
  }
}
