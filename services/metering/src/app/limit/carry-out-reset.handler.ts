import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { Ledger } from '../lease/lease.ports';
import { GetBudgetQuery } from './get-budget.handler';
import type { WantedReset } from './limit.ports';

export class CarryOutResetCommand extends Command<void> {
  constructor(readonly reset: WantedReset) {
    super();
  }
}

/** Ends the period of a budget that somebody else has approved to be ended, once, and no other. Refused as the ledger does. */
@CommandHandler(CarryOutResetCommand)
export class CarryOutResetHandler implements ICommandHandler<CarryOutResetCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly queries: QueryBus,
  ) {}

  async execute({ reset }: CarryOutResetCommand): Promise<void> {
    const { organizationId, limitId, periodStart, asked } = reset;
    const { scope } = await this.queries.execute(new GetBudgetQuery({ organizationId, limitId }));
    const approval = { kind: 'given', periodStart } as const;
    await this.ledger.carryOut({ type: 'ResetBudget', limitId, scope, asked, approval });
  }
}
