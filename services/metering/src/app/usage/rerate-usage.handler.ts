import { ApprovalSettings, approvalWanted } from '@gatehouse/approval';
import { AppError } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Rerating, WantedRerating } from '../../domain/adjustment/rerating';
import { ProposalDesk } from '../limit/limit.ports';
import { Rating } from './rating';
import { type PriceBookNamed, Reratings, type ReratingLook } from './rerating.ports';

export class RerateUsageCommand extends Command<Rerating> {
  constructor(
    readonly wanted: Pick<WantedRerating, 'id' | 'terms' | 'asked'>,
    /** Undefined: the one in force. */
    readonly book: PriceBookNamed | undefined,
  ) {
    super();
  }
}

/**
 * Begins it, with the prices of now, or finds what was begun. What would lower what a limit has spent becomes a proposal while the
 * organization wants a second admin for that: REFUSED `APPROVAL_REQUIRED`, or `RERATING_TOO_LARGE` where it takes too long to find out.
 */
@CommandHandler(RerateUsageCommand)
export class RerateUsageHandler implements ICommandHandler<RerateUsageCommand> {
  constructor(
    private readonly reratings: Reratings,
    private readonly rating: Rating,
    private readonly approvals: ApprovalSettings,
    private readonly desk: ProposalDesk,
  ) {}

  async execute({ wanted: asked, book }: RerateUsageCommand): Promise<Rerating> {
    const { organizationId } = asked.terms;
    const known = await this.reratings.find(organizationId, asked.id);
    if (known && known.status !== 'proposed') return known;
    const wanted = known ?? { ...asked, ...(await this.rating.priced(asked.terms, book)) };
    if (!known && !(await this.approvals.requiredBy(organizationId)))
      return this.reratings.keep(wanted, { status: 'running', approval: { kind: 'needless' } });
    const look = await this.rating.look(wanted.terms, wanted.prices);
    if (look.lookedFrom) throw new AppError('REFUSED', 'RERATING_TOO_LARGE');
    const approval = { kind: 'wanted' } as const;
    if (!known && look.lowers === 0n) return this.reratings.keep(wanted, { status: 'running', approval });
    await this.reratings.keep(wanted, { status: 'proposed', approval });
    throw await this.proposed(wanted, look);
  }

  private async proposed(wanted: WantedRerating, { tally, lowers }: ReratingLook): Promise<AppError> {
    const { organizationId } = wanted.terms;
    const { asked } = wanted;
    return approvalWanted(
      await this.desk.proposeCorrection({
        ...{ kind: 'rerating', organizationId, asked, wanted, found: tally, lowers },
      }),
    );
  }
}
