import { ApprovalSettings, approvalWanted } from '@gatehouse/approval';
import { Clock, type LimitId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import type { LimitStanding } from '../../domain/ledger/limit-state';
import type { Asked } from '../../domain/lease/lease.events';
import { JournalAccounts } from '../journal/journal.ports';
import { Ledger } from '../lease/lease.ports';
import type { GetBudgetQuery } from './get-budget.handler';
import { ProposalDesk } from './limit.ports';

export interface HeldReleased {
  readonly standing: LimitStanding;
  /** How many leases were released by this call. */
  readonly released: number;
}

export class ReleaseHeldCommand extends Command<HeldReleased> {
  constructor(
    readonly budget: GetBudgetQuery,
    readonly asked: Asked,
  ) {
    super();
  }
}

/**
 * Answers where it stands now. NOT_FOUND `LIMIT_UNKNOWN` where it is not the caller's to see; REFUSED `APPROVAL_REQUIRED` with its proposal,
 * where there is something to release, while the organization wants a second admin for what lets more be spent; UNAVAILABLE where none
 * can be made.
 */
@CommandHandler(ReleaseHeldCommand)
export class ReleaseHeldHandler implements ICommandHandler<ReleaseHeldCommand> {
  constructor(
    private readonly ledger: Ledger,
    private readonly journals: JournalAccounts,
    private readonly queries: QueryBus,
    private readonly approvals: ApprovalSettings,
    private readonly desk: ProposalDesk,
    private readonly clock: Clock,
  ) {}

  async execute({ budget, asked }: ReleaseHeldCommand): Promise<HeldReleased> {
    const { organizationId } = budget.filter;
    const { limitId } = await this.queries.execute(budget);
    const request = { organizationId, requestId: asked.requestId };
    if (await this.approvals.requiredBy(organizationId)) {
      const silentBefore = this.clock.now();
      const silent = await this.journals.quarantinedUnder(limitId, request);
      const wanted = { kind: 'release', organizationId, limitId, silentBefore, asked } as const;
      if (silent.length > 0) throw approvalWanted(await this.desk.proposeCorrection(wanted));
    }
    const released = await releaseSilent(this.ledger, this.journals, { limitId, when: request, asked });
    return { standing: await this.queries.execute(budget), released };
  }
}

/** What was in quarantine of a limit then. Answers how many leases. */
export const releaseSilent = async (
  ledger: Ledger,
  journals: JournalAccounts,
  {
    limitId,
    when,
    asked,
  }: {
    readonly limitId: LimitId;
    readonly when: Parameters<JournalAccounts['quarantinedUnder']>[1];
    readonly asked: Asked;
  },
): Promise<number> => {
  let released = 0;
  for (let before = -1; before < released;) {
    before = released;
    // Those that were heard again meanwhile are not in quarantine any more.
    for (const silent of await journals.quarantinedUnder(limitId, when))
      released += await ledger.carryOut({ type: 'ReleaseQuarantine', ...silent, asked });
  }
  return released;
};
